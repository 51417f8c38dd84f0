import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls

// A line of text with a caption above it and, when something is wrong, a sentence below it.
Column {
    id: field

    property string label
    property string placeholder
    property string error
    property string hint
    property string iconName
    property bool mono: false
    property alias text: input.text
    property alias input: input
    signal edited(string text)
    signal accepted()

    spacing: 6

    FieldLabel {
        visible: field.label.length > 0
        text: field.label
    }
    T.TextField {
        id: input
        width: field.width
        implicitHeight: Theme.controlHeight
        leftPadding: field.iconName.length > 0 ? 32 : 10
        rightPadding: 10
        color: Theme.text
        selectionColor: Theme.accent
        selectedTextColor: Theme.inkOnAccent
        placeholderTextColor: Theme.faintText
        font.family: field.mono ? Theme.monoFamily : Theme.family
        font.pixelSize: field.mono ? Theme.captionSize : Theme.bodySize
        verticalAlignment: TextInput.AlignVCenter
        selectByMouse: true
        placeholderText: field.placeholder
        Accessible.name: field.label.length > 0 ? field.label : field.placeholder
        Accessible.description: field.error
        onTextEdited: field.edited(text)
        onAccepted: field.accepted()

        background: Rectangle {
            radius: Theme.smallRadius
            color: Theme.dark ? Theme.sunken : Theme.surface
            border.width: input.activeFocus ? 2 : 1
            border.color: field.error.length > 0 ? Theme.bad
                        : input.activeFocus ? Theme.accent
                        : Theme.border
        }
        Icon {
            x: 10
            anchors.verticalCenter: parent.verticalCenter
            visible: field.iconName.length > 0
            name: field.iconName
            color: Theme.faintText
        }
        Label {
            x: input.leftPadding
            width: input.width - input.leftPadding - input.rightPadding
            anchors.verticalCenter: parent.verticalCenter
            visible: input.text.length === 0 && input.preeditText.length === 0
            text: input.placeholderText
            font: input.font
            color: Theme.faintText
        }
    }
    Label {
        width: field.width
        visible: text.length > 0
        text: field.error.length > 0 ? field.error : field.hint
        color: field.error.length > 0 ? Theme.bad : Theme.faintText
        font.pixelSize: Theme.captionSize
        wrapMode: Text.Wrap
    }
}
