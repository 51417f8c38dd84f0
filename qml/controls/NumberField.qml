import QtQuick
import QtQuick.Templates as T

// A number with a step down and a step up.
Column {
    id: field

    property string label
    property string error
    property alias value: box.value
    property alias to: box.to
    signal edited(int value)

    spacing: 6

    FieldLabel {
        visible: field.label.length > 0
        text: field.label
    }
    T.SpinBox {
        id: box
        width: field.width
        implicitHeight: Theme.controlHeight
        from: 1
        to: 64
        editable: true
        leftPadding: 10
        rightPadding: 64
        font.family: Theme.family
        font.pixelSize: Theme.bodySize
        validator: IntValidator {
            bottom: 1
            top: box.to
        }
        Accessible.name: field.label
        onValueModified: field.edited(value)

        contentItem: TextInput {
            text: box.displayText
            font: box.font
            color: Theme.text
            selectionColor: Theme.accent
            verticalAlignment: TextInput.AlignVCenter
            selectByMouse: true
            readOnly: !box.editable
            validator: box.validator
            inputMethodHints: Qt.ImhDigitsOnly
            Accessible.name: field.label
        }
        down.indicator: Item {
            x: box.width - 62
            y: 2
            implicitWidth: 30
            implicitHeight: box.height - 4
            Rectangle {
                anchors.fill: parent
                radius: 4
                color: box.down.pressed ? Theme.pressed : box.down.hovered ? Theme.hover : "transparent"
            }
            Label {
                anchors.centerIn: parent
                text: "\u2212"
                color: box.value > box.from ? Theme.text : Theme.faintText
            }
        }
        up.indicator: Item {
            x: box.width - 32
            y: 2
            implicitWidth: 30
            implicitHeight: box.height - 4
            Rectangle {
                anchors.fill: parent
                radius: 4
                color: box.up.pressed ? Theme.pressed : box.up.hovered ? Theme.hover : "transparent"
            }
            Label {
                anchors.centerIn: parent
                text: "+"
                color: box.value < box.to ? Theme.text : Theme.faintText
            }
        }
        background: Rectangle {
            radius: Theme.smallRadius
            color: Theme.dark ? Theme.sunken : Theme.surface
            border.width: box.activeFocus ? 2 : 1
            border.color: field.error.length > 0 ? Theme.bad : box.activeFocus ? Theme.accent : Theme.border
        }
    }
    Label {
        width: field.width
        visible: field.error.length > 0
        text: field.error
        color: Theme.bad
        font.pixelSize: Theme.captionSize
        wrapMode: Text.Wrap
    }
}
