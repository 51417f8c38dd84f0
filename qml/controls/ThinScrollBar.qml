import QtQuick
import QtQuick.Templates as T

// A scroll bar that takes no room and fades out of the way.
T.ScrollBar {
    id: bar

    implicitWidth: 10
    implicitHeight: 10
    padding: 2
    visible: policy !== T.ScrollBar.AlwaysOff && size < 1
    minimumSize: 0.06

    contentItem: Rectangle {
        implicitWidth: 6
        implicitHeight: 6
        radius: 3
        color: Theme.strongBorder
        opacity: bar.pressed || bar.hovered ? 1 : 0.6
    }
}
