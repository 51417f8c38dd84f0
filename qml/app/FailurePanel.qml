import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls
import Boxgate.Models

// Why a box failed: at which stage, the reason, and the end of its console.
Banner {
    id: panel

    required property SelectedBox box
    signal logWanted()

    tone: "bad"
    iconName: "circle-alert"
    title: box.failureTitle
    text: box.failureReason

    Rectangle {
        width: parent.width
        height: Math.min(tail.implicitHeight + 20, 132)
        visible: panel.box.failureTail.length > 0
        radius: Theme.smallRadius
        color: Theme.dark ? Theme.sunken : Theme.surface
        border.width: 1
        border.color: Theme.badBorder
        Flickable {
            id: scroller
            anchors.fill: parent
            anchors.margins: 10
            clip: true
            contentHeight: tail.implicitHeight
            contentY: Math.max(0, contentHeight - height)
            boundsBehavior: Flickable.StopAtBounds
            T.ScrollBar.vertical: ThinScrollBar { }
            TextEdit {
                id: tail
                width: scroller.width - 8
                text: panel.box.failureTail
                textFormat: TextEdit.PlainText
                readOnly: true
                selectByMouse: true
                wrapMode: TextEdit.WrapAnywhere
                color: Theme.secondaryText
                selectionColor: Theme.accent
                font.family: Theme.monoFamily
                font.pixelSize: 11
                Accessible.name: qsTr("End of the console")
            }
        }
    }
    Row {
        spacing: Theme.gap
        ActionButton {
            text: qsTr("Try again")
            iconName: "rotate-cw"
            enabled: panel.box.canStart
            onClicked: panel.box.start()
        }
        ActionButton {
            text: qsTr("Show the console")
            iconName: "terminal"
            onClicked: panel.logWanted()
        }
    }
}
