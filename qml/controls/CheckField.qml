import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls

// A box to tick. It shows `on`; toggled() tells what the user wants.
T.AbstractButton {
    id: control

    property bool on: false

    implicitWidth: row.implicitWidth
    implicitHeight: Math.max(24, row.implicitHeight)
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.CheckBox
    Accessible.name: text
    // Assistive technology reads these two; a click must not change them by itself.
    checkable: true
    checked: on
    onToggled: checked = Qt.binding(() => control.on)

    contentItem: Row {
        id: row
        spacing: 8
        Rectangle {
            anchors.verticalCenter: parent.verticalCenter
            width: 18
            height: 18
            radius: 4
            color: control.on ? Theme.accent : Theme.dark ? Theme.sunken : Theme.surface
            border.width: control.on ? 0 : 1
            border.color: Theme.strongBorder
            Icon {
                anchors.centerIn: parent
                width: 14
                height: 14
                visible: control.on
                name: "check"
                color: Theme.inkOnAccent
            }
            FocusRing {
                control: parent
                shown: control.visualFocus
            }
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            text: control.text
        }
    }
}
