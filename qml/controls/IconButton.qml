import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls

// A button that shows an icon only; its text is its name and its tool tip.
T.Button {
    id: control

    required property string iconName
    property color iconColor: Theme.secondaryText
    property int side: Theme.controlHeight
    property bool outlined: false

    implicitWidth: side
    implicitHeight: side
    opacity: enabled ? 1 : 0.4
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.name: text

    contentItem: Item {
        Icon {
            anchors.centerIn: parent
            name: control.iconName
            color: control.hovered || control.checked ? Theme.text : control.iconColor
        }
    }
    background: Rectangle {
        radius: Theme.smallRadius
        border.width: control.outlined ? 1 : 0
        border.color: Theme.border
        color: control.down || control.checked ? Theme.pressed
             : control.hovered ? Theme.hover
             : control.outlined ? Theme.raised : "transparent"
        FocusRing {
            control: parent
            shown: control.visualFocus
        }
    }
    Tip {
        text: control.text
        shown: control.hovered
    }
}
