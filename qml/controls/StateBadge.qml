import QtQuick
import Boxgate.Controls

// A box's state: icon, word and colour.
Row {
    id: badge

    required property string boxState
    required property string text
    // Only the icon; the word stands elsewhere.
    property bool iconOnly: false
    readonly property bool moving: boxState === "starting" || boxState === "stopping"
    readonly property color tone: boxState === "running" ? Theme.good
                                : boxState === "failed" ? Theme.bad
                                : moving ? Theme.accentText
                                : Theme.faintText

    spacing: 6
    Accessible.role: Accessible.StaticText
    Accessible.name: text

    Item {
        anchors.verticalCenter: parent.verticalCenter
        width: 16
        height: 16
        Icon {
            anchors.fill: parent
            visible: !badge.moving
            name: badge.boxState === "running" ? "circle-play"
                : badge.boxState === "failed" ? "circle-alert"
                : badge.boxState === "stopped" ? "circle-stop" : "circle-dashed"
            color: badge.tone
        }
        Spinner {
            anchors.fill: parent
            running: badge.moving
            color: badge.tone
        }
    }
    Label {
        anchors.verticalCenter: parent.verticalCenter
        visible: !badge.iconOnly
        text: badge.text
        color: badge.tone
        font.weight: Font.Medium
    }
}
