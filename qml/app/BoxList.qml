import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls
import Boxgate.Models

// All boxes with what they do now: the wider, the more is said in words.
FocusScope {
    id: pane

    required property Workspace workspace
    readonly property bool wide: width >= 620
    readonly property bool narrow: width < 460
    signal newBoxWanted()

    function focusFilter() {
        filter.input.forceActiveFocus(Qt.ShortcutFocusReason);
        filter.input.selectAll();
    }
    function move(step: int) {
        const row = Math.max(0, Math.min(view.count - 1, view.currentIndex + step));
        if (view.count > 0)
            workspace.selected.boxId = workspace.shownBoxes.idAt(row);
    }
    function follow() {
        view.currentIndex = workspace.shownBoxes.rowOf(workspace.selected.boxId);
    }

    Connections {
        target: pane.workspace.selected
        function onBoxIdChanged() { pane.follow(); }
    }
    Connections {
        target: pane.workspace.shownBoxes
        function onCountChanged() { pane.follow(); }
    }
    Component.onCompleted: {
        follow();
        view.forceActiveFocus();
    }

    Item {
        id: toolbar
        width: parent.width
        height: 64
        Label {
            id: heading
            x: Theme.padding
            anchors.verticalCenter: parent.verticalCenter
            text: qsTr("Boxes")
            font.pixelSize: Theme.titleSize
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        InputField {
            id: filter
            anchors.left: heading.right
            anchors.leftMargin: Theme.padding
            anchors.right: create.left
            anchors.rightMargin: Theme.gap
            anchors.verticalCenter: parent.verticalCenter
            placeholder: pane.narrow ? qsTr("Filter") : qsTr("Filter by name, image or state")
            iconName: "search"
            onEdited: text => pane.workspace.shownBoxes.filter = text
            onAccepted: view.forceActiveFocus()
            Keys.onEscapePressed: {
                text = "";
                pane.workspace.shownBoxes.filter = "";
                view.forceActiveFocus();
            }
        }
        ActionButton {
            id: create
            anchors.right: parent.right
            anchors.rightMargin: Theme.padding
            anchors.verticalCenter: parent.verticalCenter
            kind: "primary"
            iconName: "plus"
            text: qsTr("New box")
            tip: qsTr("Key: N")
            onClicked: pane.newBoxWanted()
        }
    }
    ListView {
        id: view
        anchors.top: toolbar.bottom
        anchors.bottom: parent.bottom
        width: parent.width
        clip: true
        focus: true
        activeFocusOnTab: true
        keyNavigationEnabled: false
        boundsBehavior: Flickable.StopAtBounds
        model: pane.workspace.shownBoxes
        highlightMoveDuration: 0
        T.ScrollBar.vertical: ThinScrollBar { }
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Boxes")
        Keys.onUpPressed: pane.move(-1)
        Keys.onDownPressed: pane.move(1)
        Keys.onPressed: event => {
            if (event.key === Qt.Key_Home || event.key === Qt.Key_End) {
                pane.move(event.key === Qt.Key_Home ? -view.count : view.count);
                event.accepted = true;
            } else if (event.key === Qt.Key_PageUp || event.key === Qt.Key_PageDown) {
                pane.move(event.key === Qt.Key_PageUp ? -8 : 8);
                event.accepted = true;
            }
        }

        delegate: BoxRow {
            width: view.width
            wide: pane.wide
            narrow: pane.narrow
            selected: boxId === pane.workspace.selected.boxId
            focused: selected && view.activeFocus
            onClicked: {
                view.forceActiveFocus(Qt.MouseFocusReason);
                pane.workspace.selected.boxId = boxId;
            }
        }
    }
    Column {
        anchors.horizontalCenter: parent.horizontalCenter
        y: 160
        spacing: Theme.gap
        visible: view.count === 0 && pane.workspace.boxes.count > 0
        Label {
            anchors.horizontalCenter: parent.horizontalCenter
            text: qsTr("No box matches the filter")
            color: Theme.secondaryText
        }
        ActionButton {
            anchors.horizontalCenter: parent.horizontalCenter
            text: qsTr("Clear the filter")
            onClicked: {
                filter.text = "";
                pane.workspace.shownBoxes.filter = "";
            }
        }
    }
}
