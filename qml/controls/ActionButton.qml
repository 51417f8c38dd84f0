import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls

// A button with a word and, mostly, an icon.
T.Button {
    id: control

    // "primary", "secondary", "quiet" or "danger"
    property string kind: "secondary"
    property string iconName
    property string tip

    readonly property color foreground: kind === "primary" || kind === "danger" ? Theme.inkOnAccent : Theme.text

    implicitWidth: row.implicitWidth + leftPadding + rightPadding
    implicitHeight: Theme.controlHeight
    leftPadding: 12
    rightPadding: 12
    opacity: enabled ? 1 : 0.45
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    font.family: Theme.family
    font.pixelSize: Theme.bodySize
    font.weight: Font.Medium
    Accessible.name: text
    Accessible.description: tip

    contentItem: Item {
        Row {
            id: row
            anchors.centerIn: parent
            spacing: 8
            Icon {
                anchors.verticalCenter: parent.verticalCenter
                visible: control.iconName.length > 0
                name: control.iconName
                color: control.foreground
            }
            Label {
                anchors.verticalCenter: parent.verticalCenter
                text: control.text
                font: control.font
                color: control.foreground
            }
        }
    }
    background: Rectangle {
        radius: Theme.smallRadius
        border.width: control.kind === "secondary" ? 1 : 0
        border.color: Theme.border
        color: {
            if (control.kind === "primary")
                return control.down || control.hovered ? Theme.accentHover : Theme.accent;
            if (control.kind === "danger")
                return control.down ? Qt.darker(Theme.badFill, 1.15) : Theme.badFill;
            if (control.down)
                return Theme.pressed;
            if (control.hovered)
                return Theme.hover;
            return control.kind === "secondary" ? Theme.raised : "transparent";
        }
        FocusRing {
            control: parent
            shown: control.visualFocus
        }
    }
    Tip {
        text: control.tip
        shown: control.hovered
    }
}
