import QtQuick
import Boxgate.Controls

// Something that needs to be read now: icon, title, sentence, and what can be done.
Rectangle {
    id: banner

    // "warning" or "bad"
    property string tone: "warning"
    property string iconName: "triangle-alert"
    required property string title
    property string text
    default property alias content: body.data
    readonly property color foreground: tone === "bad" ? Theme.bad : Theme.warning

    implicitHeight: body.implicitHeight + 24
    radius: Theme.radius
    color: tone === "bad" ? Theme.badTint : Theme.warningTint
    border.width: 1
    border.color: tone === "bad" ? Theme.badBorder : Theme.warningBorder
    Accessible.role: Accessible.AlertMessage
    Accessible.name: title
    Accessible.description: text

    Icon {
        x: 14
        y: 12
        width: 18
        height: 18
        name: banner.iconName
        color: banner.foreground
    }
    Column {
        id: body
        x: 44
        y: 12
        width: banner.width - x - 14
        spacing: Theme.gap
        Label {
            width: parent.width
            text: banner.title
            font.weight: Font.DemiBold
            wrapMode: Text.Wrap
        }
        Label {
            width: parent.width
            visible: banner.text.length > 0
            text: banner.text
            color: Theme.secondaryText
            wrapMode: Text.Wrap
            lineHeight: 1.2
        }
    }
}
