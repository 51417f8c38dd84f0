import QtQuick
import Boxgate.Controls
import Boxgate.Models

// Name and state above, the actions below: they stay where they are and only become possible or impossible.
Item {
    id: header

    required property SelectedBox box
    required property string tab
    signal tabChosen(string tab)
    signal removeWanted()
    signal copyWanted(string text)

    implicitHeight: 152

    Label {
        id: name
        x: Theme.padding
        y: 16
        width: parent.width - 2 * Theme.padding - badge.width - Theme.padding
        height: 32
        text: header.box.name
        font.pixelSize: Theme.titleSize
        font.weight: Font.DemiBold
        elide: Text.ElideMiddle
        Accessible.role: Accessible.Heading
        Accessible.name: text
    }
    StateBadge {
        id: badge
        anchors.right: parent.right
        anchors.rightMargin: Theme.padding
        anchors.verticalCenter: name.verticalCenter
        boxState: header.box.boxState
        text: header.box.stateText
    }
    Row {
        x: Theme.padding
        y: 60
        spacing: Theme.gap
        ActionButton {
            text: qsTr("Start")
            iconName: "play"
            kind: header.box.canStart ? "primary" : "secondary"
            enabled: header.box.canStart
            tip: qsTr("Key: S")
            onClicked: header.box.start()
        }
        ActionButton {
            text: qsTr("Stop")
            iconName: "square"
            enabled: header.box.canStop
            tip: qsTr("Key: S")
            onClicked: header.box.stop()
        }
        ActionButton {
            text: qsTr("Restart")
            iconName: "rotate-cw"
            enabled: header.box.canStop
            tip: qsTr("Key: R")
            onClicked: header.box.restart()
        }
    }
    Row {
        anchors.right: parent.right
        anchors.rightMargin: Theme.padding
        y: 60
        spacing: Theme.gap
        IconButton {
            id: copyButton
            property bool done: false
            outlined: true
            iconName: done ? "check" : "copy"
            text: done ? qsTr("Copied") : qsTr("Copy as command")
            onClicked: {
                header.copyWanted(header.box.commandLine);
                done = true;
                reset.restart();
            }
            Timer {
                id: reset
                interval: 1500
                onTriggered: copyButton.done = false
            }
        }
        IconButton {
            outlined: true
            iconName: "trash-2"
            text: qsTr("Remove")
            enabled: header.box.exists
            onClicked: header.removeWanted()
        }
    }
    Segmented {
        x: Theme.padding
        y: 108
        name: qsTr("Views of the box")
        value: header.tab
        options: [
            { value: "overview", text: qsTr("Overview") },
            { value: "network", text: qsTr("Network") },
            { value: "console", text: qsTr("Console") }
        ]
        onChosen: value => header.tabChosen(value)
    }
    Row {
        anchors.right: parent.right
        anchors.rightMargin: Theme.padding
        y: 108
        height: Theme.controlHeight
        spacing: 10
        Icon {
            anchors.verticalCenter: parent.verticalCenter
            name: header.box.networkMode === "off" ? "unplug" : header.box.networkMode === "allowlist" ? "list-checks" : "globe"
            color: header.box.networkMode === "off" ? Theme.faintText : Theme.accentText
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            text: header.box.networkPending ? qsTr("Changing\u2026") : qsTr("Network: %1").arg(header.box.networkText.toLowerCase())
            color: Theme.secondaryText
        }
        SwitchButton {
            anchors.verticalCenter: parent.verticalCenter
            text: qsTr("Network")
            on: header.box.networkMode !== "off"
            pending: header.box.networkPending
            enabled: header.box.exists && !pending
            onClicked: header.box.switchNetwork()
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: 1
        color: Theme.border
    }
}
