import QtQuick

// The outline of the control that has the keyboard.
Rectangle {
    required property Item control
    // Whether the control shows it; only keyboard focus does.
    required property bool shown

    anchors.fill: control
    anchors.margins: -3
    radius: Theme.smallRadius + 3
    color: "transparent"
    border.width: 2
    border.color: Theme.accent
    visible: shown
}
