import QtQuick
import Boxgate.Controls

// A fact about a box in one word: icon, word, colour. In `compact` form only the icon shows, and the word is its tip.
Rectangle {
    id: chip

    required property string text
    property string iconName
    // "neutral", "accent", "good", "warning" or "bad"
    property string tone: "neutral"
    property bool compact: false
    // On a selected row the accent's tint would vanish.
    property bool onTint: false
    property string tip
    readonly property color foreground: tone === "good" ? Theme.good
                                      : tone === "warning" ? Theme.warning
                                      : tone === "bad" ? Theme.bad
                                      : tone === "accent" ? Theme.accentText
                                      : Theme.secondaryText

    implicitWidth: compact ? 24 : row.implicitWidth + 16
    implicitHeight: compact ? 24 : 22
    radius: compact ? 6 : 11
    color: tone === "good" ? Theme.goodTint
         : tone === "warning" ? Theme.warningTint
         : tone === "bad" ? Theme.badTint
         : tone === "accent" ? (onTint ? Theme.surface : Theme.accentTint)
         : Theme.neutralTint
    Accessible.role: Accessible.StaticText
    Accessible.name: text
    Accessible.description: tip

    Row {
        id: row
        anchors.centerIn: parent
        spacing: 5
        Icon {
            anchors.verticalCenter: parent.verticalCenter
            width: 14
            height: 14
            visible: chip.iconName.length > 0
            name: chip.iconName
            color: chip.foreground
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            visible: !chip.compact
            text: chip.text
            color: chip.foreground
            font.pixelSize: Theme.captionSize
            font.weight: Font.Medium
        }
    }
    HoverHandler {
        id: hover
        enabled: chip.compact || chip.tip.length > 0
    }
    Tip {
        text: chip.tip.length > 0 ? chip.tip : chip.text
        shown: hover.hovered
    }
}
