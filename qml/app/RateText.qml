import QtQuick
import Boxgate.Controls

// A rate with an arrow for its direction.
Row {
    id: rate

    required property string text
    required property bool down
    property int pixelSize: Theme.captionSize
    property color textColor: Theme.secondaryText

    spacing: 4
    Accessible.role: Accessible.StaticText
    Accessible.name: (down ? qsTr("received") : qsTr("sent")) + " " + text

    Icon {
        anchors.verticalCenter: parent.verticalCenter
        width: 12
        height: 12
        name: rate.down ? "arrow-down" : "arrow-up"
        color: rate.down ? Theme.down : Theme.up
    }
    Label {
        anchors.verticalCenter: parent.verticalCenter
        text: rate.text
        color: rate.textColor
        font.pixelSize: rate.pixelSize
    }
}
