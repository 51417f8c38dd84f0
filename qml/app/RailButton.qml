import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls

// One page in the rail: icon above word.
T.AbstractButton {
    id: control

    required property string iconName
    property bool current: false
    property string keys

    implicitWidth: 64
    implicitHeight: 56
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.PageTab
    Accessible.name: text

    contentItem: Item {
        Icon {
            x: (parent.width - width) / 2
            y: 9
            width: 20
            height: 20
            name: control.iconName
            color: control.current ? Theme.accentText : Theme.secondaryText
        }
        Label {
            x: (parent.width - width) / 2
            y: 33
            text: control.text
            color: control.current ? Theme.accentText : Theme.secondaryText
            font.pixelSize: 11
            font.weight: Font.Medium
        }
    }
    background: Rectangle {
        radius: Theme.radius
        color: control.current ? Theme.selection : control.hovered ? Theme.pressed : "transparent"
        FocusRing {
            control: parent
            shown: control.visualFocus
        }
    }
    Tip {
        text: control.keys
        shown: control.hovered
    }
}
