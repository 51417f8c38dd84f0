import QtQuick
import QtQuick.Templates as T

// A short explanation beside the pointer.
T.ToolTip {
    id: tip

    property bool shown: false

    visible: shown && text.length > 0
    delay: 600
    x: parent ? Math.round((parent.width - width) / 2) : 0
    y: parent ? parent.height + 6 : 0
    margins: 8
    padding: 8
    implicitWidth: Math.min(label.implicitWidth + 2 * padding, 320)
    implicitHeight: label.implicitHeight + 2 * padding
    closePolicy: T.Popup.NoAutoClose

    contentItem: Label {
        id: label
        text: tip.text
        color: Theme.dark ? Theme.text : "#ffffff"
        font.pixelSize: Theme.captionSize
        wrapMode: Text.Wrap
    }
    background: Rectangle {
        radius: Theme.smallRadius
        color: Theme.dark ? "#39414e" : "#242a34"
    }
}
