import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls
import Boxgate.Models

// A box's logs. It follows the end until one scrolls up, and again from the end on.
Rectangle {
    id: tab

    required property ConsoleLog log
    required property bool shown
    property bool following: true
    signal copyWanted(string text)

    function toEnd() {
        following = true;
        view.positionViewAtEnd();
    }

    radius: Theme.radius
    color: Theme.surface
    border.width: 1
    border.color: Theme.border

    Binding {
        target: tab.log
        property: "active"
        value: tab.shown
    }
    Segmented {
        id: kinds
        x: 12
        y: 12
        implicitHeight: 28
        name: qsTr("Log")
        value: tab.log.kind
        options: [
            { value: "console", text: qsTr("Console") },
            { value: "output", text: qsTr("Output") },
            { value: "runner", text: qsTr("Runner") }
        ]
        onChosen: value => {
            tab.log.kind = value;
            tab.following = true;
        }
    }
    Row {
        anchors.right: parent.right
        anchors.rightMargin: 12
        y: 12
        spacing: Theme.gap
        Label {
            anchors.verticalCenter: parent.verticalCenter
            text: tab.following ? qsTr("Following") : qsTr("Paused")
            color: tab.following ? Theme.faintText : Theme.warning
            font.pixelSize: Theme.captionSize
        }
        IconButton {
            side: 28
            outlined: true
            iconName: "copy"
            text: qsTr("Copy all lines")
            enabled: tab.log.count > 0
            onClicked: tab.copyWanted(tab.log.allText())
        }
    }
    Rectangle {
        y: 52
        width: parent.width
        height: 1
        color: Theme.border
    }
    ListView {
        id: view
        anchors.fill: parent
        anchors.topMargin: 53
        anchors.margins: 1
        topMargin: 10
        bottomMargin: 10
        leftMargin: 12
        rightMargin: 12
        clip: true
        activeFocusOnTab: true
        boundsBehavior: Flickable.StopAtBounds
        model: tab.log
        reuseItems: true
        T.ScrollBar.vertical: ThinScrollBar { }
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Log lines")
        onCountChanged: {
            if (tab.following)
                view.positionViewAtEnd();
        }
        onHeightChanged: {
            if (tab.following)
                view.positionViewAtEnd();
        }
        onMovementEnded: tab.following = atYEnd

        WheelHandler {
            acceptedDevices: PointerDevice.Mouse | PointerDevice.TouchPad
            onWheel: event => {
                const range = Math.max(0, view.contentHeight + view.bottomMargin - view.height);
                view.contentY = Math.max(-view.topMargin, Math.min(range, view.contentY - event.angleDelta.y * 0.6));
                tab.following = view.contentY >= range - 1;
            }
        }
        delegate: Text {
            required property string line
            width: ListView.view.width - 24
            text: line.length > 0 ? line : " "
            textFormat: Text.PlainText
            wrapMode: Text.WrapAnywhere
            color: Theme.text
            font.family: Theme.monoFamily
            font.pixelSize: Theme.captionSize
            lineHeight: 1.15
            Accessible.role: Accessible.StaticText
            Accessible.name: line
        }
    }
    Label {
        anchors.centerIn: view
        width: view.width - 48
        visible: tab.log.count === 0
        horizontalAlignment: Text.AlignHCenter
        wrapMode: Text.Wrap
        text: tab.log.problem.length > 0 ? tab.log.problem : qsTr("Nothing has been written yet")
        color: tab.log.problem.length > 0 ? Theme.bad : Theme.faintText
    }
    ActionButton {
        anchors.right: parent.right
        anchors.bottom: parent.bottom
        anchors.margins: Theme.padding
        visible: !tab.following
        iconName: "arrow-down"
        text: qsTr("To the end")
        onClicked: tab.toEnd()
    }
}
