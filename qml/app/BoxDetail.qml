import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls
import Boxgate.Models

// The selected box: its header with the actions, what is wrong or exposed, and one of three tabs.
Rectangle {
    id: detail

    required property Workspace workspace
    readonly property SelectedBox box: workspace.selected
    property string tab: "overview"
    signal removeWanted()
    signal portsWanted()

    color: Theme.window
    Accessible.role: Accessible.Pane
    Accessible.name: box.name

    DetailHeader {
        id: header
        width: parent.width
        box: detail.box
        tab: detail.tab
        onTabChosen: tab => detail.tab = tab
        onRemoveWanted: detail.removeWanted()
        onCopyWanted: text => detail.workspace.copy(text)
    }
    Flickable {
        id: scroller
        anchors.top: header.bottom
        anchors.bottom: parent.bottom
        width: parent.width
        visible: detail.tab !== "console"
        clip: true
        contentHeight: column.implicitHeight + 2 * Theme.padding
        boundsBehavior: Flickable.StopAtBounds
        T.ScrollBar.vertical: ThinScrollBar { }

        Column {
            id: column
            x: Theme.padding
            y: Theme.padding
            width: scroller.width - 2 * Theme.padding
            spacing: Theme.padding

            FailurePanel {
                width: parent.width
                visible: title.length > 0
                box: detail.box
                onLogWanted: detail.tab = "console"
            }
            LoopbackWarning {
                width: parent.width
                visible: detail.box.exposesLoopback
                box: detail.box
                exposure: detail.workspace.exposure
                onPortsWanted: detail.portsWanted()
            }
            OverviewTab {
                width: parent.width
                visible: detail.tab === "overview"
                box: detail.box
                preferences: detail.workspace.preferences
            }
            NetworkTab {
                width: parent.width
                visible: detail.tab === "network"
                box: detail.box
                onPortsWanted: detail.portsWanted()
            }
        }
    }
    Item {
        anchors.fill: scroller
        visible: detail.tab === "console"
        LoopbackWarning {
            id: consoleWarning
            x: Theme.padding
            y: Theme.padding
            width: parent.width - 2 * Theme.padding
            compact: true
            visible: detail.box.exposesLoopback
            box: detail.box
            exposure: detail.workspace.exposure
            onPortsWanted: detail.portsWanted()
        }
        ConsoleTab {
            x: Theme.padding
            y: consoleWarning.visible ? consoleWarning.y + consoleWarning.height + Theme.padding : Theme.padding
            width: parent.width - 2 * Theme.padding
            height: parent.height - y - Theme.padding
            log: detail.workspace.log
            shown: detail.visible && detail.tab === "console"
            onCopyWanted: text => detail.workspace.copy(text)
        }
    }
    Connections {
        target: detail.box
        function onBoxIdChanged() { scroller.contentY = 0; }
    }
}
