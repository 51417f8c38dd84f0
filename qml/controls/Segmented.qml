import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls

// One of a few choices, side by side. It shows `value`; chosen() tells what the user wants.
Rectangle {
    id: control

    // [{ value, text, iconName }]
    required property var options
    required property string value
    property string name
    signal chosen(string value)

    implicitWidth: row.implicitWidth + 4
    implicitHeight: Theme.controlHeight
    radius: Theme.smallRadius
    color: Theme.neutralTint
    opacity: enabled ? 1 : 0.5
    Accessible.role: Accessible.Grouping
    Accessible.name: name

    Row {
        id: row
        anchors.centerIn: parent
        spacing: 2

        Repeater {
            model: control.options

            T.RadioButton {
                id: segment

                required property var modelData
                readonly property bool current: modelData.value === control.value

                text: modelData.text
                implicitWidth: content.implicitWidth + 24
                implicitHeight: control.height - 4
                hoverEnabled: true
                focusPolicy: Qt.StrongFocus
                Accessible.role: Accessible.RadioButton
                Accessible.name: text
                autoExclusive: false // the value decides, not the buttons among themselves
                checked: current
                onToggled: checked = Qt.binding(() => segment.current)
                onClicked: {
                    if (!segment.current)
                        control.chosen(segment.modelData.value);
                }

                contentItem: Item {
                    Row {
                        id: content
                        anchors.centerIn: parent
                        spacing: 6
                        Icon {
                            anchors.verticalCenter: parent.verticalCenter
                            width: 14
                            height: 14
                            visible: name.length > 0
                            name: segment.modelData.iconName || ""
                            color: segment.current ? Theme.text : Theme.secondaryText
                        }
                        Label {
                            anchors.verticalCenter: parent.verticalCenter
                            text: segment.text
                            color: segment.current ? Theme.text : Theme.secondaryText
                            font.weight: segment.current ? Font.Medium : Font.Normal
                        }
                    }
                }
                background: Rectangle {
                    radius: 5
                    color: segment.current ? (Theme.dark ? "#3a424f" : "#ffffff")
                         : segment.hovered ? Theme.pressed : "transparent"
                    border.width: segment.current && !Theme.dark ? 1 : 0
                    border.color: Theme.border
                    FocusRing {
                        control: parent
                        shown: segment.visualFocus
                    }
                }
            }
        }
    }
}
