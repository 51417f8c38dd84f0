import QtQuick
import Boxgate.Controls
import Boxgate.Models

// The bottom of the window: what failed until it is dismissed, what is under way, and the totals of all boxes.
Column {
    id: tray

    required property TaskModel tasks
    required property BoxListModel boxes
    signal copyWanted(string text)

    Repeater {
        model: tray.tasks

        Rectangle {
            id: task

            required property int index
            required property string title
            required property bool failed
            required property string message
            required property string detail

            width: tray.width
            height: failed ? texts.implicitHeight + 20 : 0
            visible: failed
            color: Theme.badTint
            Accessible.role: Accessible.AlertMessage
            Accessible.name: title + ": " + message
            Accessible.ignored: !failed

            Rectangle {
                width: parent.width
                height: 1
                color: Theme.badBorder
            }
            Icon {
                x: Theme.padding
                y: 11
                width: 18
                height: 18
                name: "circle-alert"
                color: Theme.bad
            }
            Column {
                id: texts
                x: 44
                y: 10
                width: task.width - x - closer.width - (copier.visible ? copier.width : 0) - 24
                spacing: 2
                Label {
                    width: parent.width
                    text: task.title + ": " + task.message
                    wrapMode: Text.Wrap
                    maximumLineCount: 3
                }
                Label {
                    width: parent.width
                    visible: task.detail.length > 0
                    text: task.detail
                    color: Theme.secondaryText
                    font.family: Theme.monoFamily
                    font.pixelSize: 11
                    wrapMode: Text.WrapAnywhere
                    maximumLineCount: 3
                }
            }
            IconButton {
                id: copier
                anchors.right: closer.left
                y: 4
                iconName: "copy"
                text: qsTr("Copy the error")
                onClicked: tray.copyWanted(task.title + ": " + task.message + (task.detail.length > 0 ? "\n" + task.detail : ""))
            }
            IconButton {
                id: closer
                anchors.right: parent.right
                anchors.rightMargin: Theme.gap
                y: 4
                iconName: "x"
                text: qsTr("Dismiss")
                onClicked: tray.tasks.dismiss(task.index)
            }
        }
    }
    Rectangle {
        width: tray.width
        height: 32
        color: Theme.rail
        Rectangle {
            width: parent.width
            height: 1
            color: Theme.border
        }
        Row {
            anchors.left: parent.left
            anchors.leftMargin: Theme.padding
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.gap
            Spinner {
                anchors.verticalCenter: parent.verticalCenter
                width: 14
                height: 14
                color: Theme.accentText
                running: tray.tasks.runningCount > 0
            }
            Label {
                anchors.verticalCenter: parent.verticalCenter
                text: tray.tasks.runningCount > 1 ? qsTr("%1 and %2 more").arg(tray.tasks.runningTitle).arg(tray.tasks.runningCount - 1)
                    : tray.tasks.runningCount === 1 ? tray.tasks.runningTitle
                    : tray.boxes.count === 0 ? ""
                    : qsTr("%1 of %2 running").arg(tray.boxes.runningCount).arg(tray.boxes.count)
                color: Theme.secondaryText
                font.pixelSize: Theme.captionSize
            }
        }
        Row {
            anchors.right: parent.right
            anchors.rightMargin: Theme.padding
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.padding
            visible: tray.boxes.runningCount > 0
            RateText {
                down: true
                text: tray.boxes.downText
            }
            RateText {
                down: false
                text: tray.boxes.upText
            }
        }
    }
}
