import QtQuick
import QtQuick.Templates as T

// A switch that shows what is so, never what is wished: clicked() asks for the other state, `pending` shows that it was
// asked for, and `on` changes when it has happened.
T.AbstractButton {
    id: control

    property bool on: false
    property bool pending: false

    implicitWidth: 40
    implicitHeight: 24
    enabled: !pending
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.CheckBox
    Accessible.name: text
    // Assistive technology reads these two; a click must not change them by itself.
    checkable: true
    checked: on
    onToggled: checked = Qt.binding(() => control.on)
    Accessible.description: pending ? qsTr("is being changed") : ""

    contentItem: Item { }
    background: Rectangle {
        y: (control.height - height) / 2
        width: control.width
        height: 22
        radius: 11
        color: control.on ? (control.hovered ? Theme.accentHover : Theme.accent) : Theme.strongBorder
        opacity: control.pending ? 0.6 : 1
        Rectangle {
            x: control.on ? parent.width - width - 3 : 3
            anchors.verticalCenter: parent.verticalCenter
            width: 16
            height: 16
            radius: 8
            color: "#ffffff"
            Spinner {
                anchors.centerIn: parent
                width: 12
                height: 12
                color: Theme.accent
                running: control.pending
            }
        }
        FocusRing {
            control: parent
            radius: 14
            shown: control.visualFocus
        }
    }
}
