import QtQuick
import Boxgate.Controls
import Boxgate.Models

// The first run: what a box is, whether one can start here, and the one button.
Item {
    id: page

    required property HostFacts host
    signal newBoxWanted()

    Column {
        anchors.centerIn: parent
        width: Math.min(440, parent.width - 64)
        spacing: Theme.padding

        Rectangle {
            anchors.horizontalCenter: parent.horizontalCenter
            width: 72
            height: 72
            radius: 20
            color: Theme.accentTint
            Icon {
                anchors.centerIn: parent
                width: 36
                height: 36
                name: "box"
                color: Theme.accentText
            }
        }
        Label {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            text: qsTr("No boxes yet")
            font.pixelSize: Theme.titleSize
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Label {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            wrapMode: Text.Wrap
            lineHeight: 1.3
            text: qsTr("A box is a small virtual machine made from an image. What it may reach on the network is yours to decide, and you see what passes.")
            color: Theme.secondaryText
        }
        ActionButton {
            anchors.horizontalCenter: parent.horizontalCenter
            implicitHeight: 40
            leftPadding: 20
            rightPadding: 20
            kind: "primary"
            iconName: "plus"
            text: qsTr("Create your first box")
            onClicked: page.newBoxWanted()
        }
        Label {
            width: parent.width
            horizontalAlignment: Text.AlignHCenter
            visible: page.host.known && page.host.problems.length === 0
            wrapMode: Text.Wrap
            text: qsTr("Ready here with %1. %2.").arg(page.host.accelerator).arg(page.host.acceleratorReason)
            color: Theme.faintText
            font.pixelSize: Theme.captionSize
        }
        Repeater {
            model: page.host.problems
            Banner {
                required property string modelData
                width: parent ? parent.width : 0
                title: modelData
            }
        }
    }
}
