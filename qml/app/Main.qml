import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls
import Boxgate.Models

T.ApplicationWindow {
    id: root

    required property Workspace workspace
    // For one run alone, as screenshots need them.
    property string forcedTheme
    property size forcedSize: Qt.size(0, 0)
    property string firstTab
    readonly property rect remembered: workspace.preferences.windowGeometry
    property string page: "boxes"
    readonly property bool dialogOpen: newBoxDialog.visible || removeDialog.visible || portsDialog.visible

    title: workspace.selected.exists && page === "boxes" ? workspace.selected.name + " \u2013 Boxgate" : "Boxgate"
    width: forcedSize.width > 0 ? forcedSize.width : remembered.width > 0 ? remembered.width : 1200
    height: forcedSize.height > 0 ? forcedSize.height : remembered.height > 0 ? remembered.height : 760
    minimumWidth: 800
    minimumHeight: 520
    visible: true
    color: Theme.window
    palette.window: Theme.window
    palette.windowText: Theme.text

    Binding {
        target: Theme
        property: "mode"
        value: root.forcedTheme.length > 0 ? root.forcedTheme : root.workspace.preferences.themeMode
    }
    onClosing: {
        if (forcedSize.width <= 0 && visibility === Window.Windowed)
            workspace.preferences.windowGeometry = Qt.rect(x, y, width, height);
    }

    Rail {
        id: rail
        width: 80
        height: parent.height
        page: root.page
        preferences: root.workspace.preferences
        onPageChosen: page => root.page = page
    }
    BoxesPage {
        id: boxesPage
        anchors.left: rail.right
        anchors.right: parent.right
        anchors.top: parent.top
        anchors.bottom: tray.top
        visible: root.page === "boxes"
        focus: true
        workspace: root.workspace
        firstTab: root.firstTab
        onNewBoxWanted: newBoxDialog.begin()
        onRemoveWanted: removeDialog.open()
        onPortsWanted: portsDialog.begin()
    }
    HostPage {
        anchors.fill: boxesPage
        visible: root.page === "host"
        host: root.workspace.host
    }
    TaskTray {
        id: tray
        anchors.left: rail.right
        anchors.right: parent.right
        anchors.bottom: parent.bottom
        tasks: root.workspace.tasks
        boxes: root.workspace.boxes
        onCopyWanted: text => root.workspace.copy(text)
    }
    NewBoxDialog {
        id: newBoxDialog
        form: root.workspace.newBox
        images: root.workspace.host.images
        onCopyWanted: text => root.workspace.copy(text)
    }
    RemoveDialog {
        id: removeDialog
        box: root.workspace.selected
    }
    PortsDialog {
        id: portsDialog
        box: root.workspace.selected
        exposure: root.workspace.exposure
    }

    Shortcut {
        sequence: "N"
        enabled: !root.dialogOpen
        onActivated: newBoxDialog.begin()
    }
    Shortcut {
        sequence: "S"
        enabled: !root.dialogOpen && root.page === "boxes"
        onActivated: root.workspace.selected.canStart ? root.workspace.selected.start() : root.workspace.selected.stop()
    }
    Shortcut {
        sequence: "R"
        enabled: !root.dialogOpen && root.page === "boxes" && root.workspace.selected.canStop
        onActivated: root.workspace.selected.restart()
    }
    Shortcut {
        sequence: "L"
        enabled: !root.dialogOpen && root.page === "boxes"
        onActivated: boxesPage.showTab("console")
    }
    Shortcut {
        sequence: "Del"
        enabled: !root.dialogOpen && root.page === "boxes" && root.workspace.selected.exists
        onActivated: removeDialog.open()
    }
    Shortcut {
        sequence: "/"
        enabled: !root.dialogOpen && root.page === "boxes"
        onActivated: boxesPage.focusFilter()
    }
    Shortcut {
        sequence: "Ctrl+1"
        enabled: !root.dialogOpen
        onActivated: root.page = "boxes"
    }
    Shortcut {
        sequence: "Ctrl+2"
        enabled: !root.dialogOpen
        onActivated: root.page = "host"
    }
    Shortcut {
        sequence: StandardKey.Quit
        onActivated: root.close()
    }
}
