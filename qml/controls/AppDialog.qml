import QtQuick
import QtQuick.Templates as T

// A modal dialog: title, content, and buttons on the right below. Escape closes it.
T.Dialog {
    id: dialog

    property alias buttons: buttonRow.data
    default property alias body: bodyColumn.data
    property int preferredWidth: 480
    // Above the buttons, left: such as "copy as command".
    property alias footerExtra: extraRow.data

    anchors.centerIn: T.Overlay.overlay
    parent: T.Overlay.overlay
    width: Math.min(preferredWidth, parent ? parent.width - 48 : preferredWidth)
    height: Math.min(heading.height + bodyColumn.implicitHeight + Theme.margin + foot.height,
                     parent ? parent.height - 48 : 600)
    modal: true
    focus: true
    padding: 0
    closePolicy: T.Popup.CloseOnEscape

    background: Rectangle {
        radius: 12
        color: Theme.surface
        border.width: 1
        border.color: Theme.border
    }
    T.Overlay.modal: Rectangle {
        color: Theme.dark ? "#a0000000" : "#59101828"
    }
    contentItem: Item {
        Label {
            id: heading
            x: Theme.margin
            y: Theme.margin
            width: dialog.width - 2 * Theme.margin
            height: implicitHeight + Theme.padding + Theme.margin
            verticalAlignment: Text.AlignTop
            text: dialog.title
            font.pixelSize: 17
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Flickable {
            id: scroller
            anchors.top: parent.top
            anchors.topMargin: heading.height
            anchors.bottom: foot.top
            width: parent.width
            contentHeight: bodyColumn.implicitHeight + Theme.margin
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            T.ScrollBar.vertical: ThinScrollBar { }
            Column {
                id: bodyColumn
                x: Theme.margin
                y: 4
                width: parent.width - 2 * Theme.margin
                spacing: Theme.padding
            }
        }
        Item {
            id: foot
            anchors.bottom: parent.bottom
            width: parent.width
            height: 64
            Rectangle {
                width: parent.width
                height: 1
                color: Theme.border
                visible: scroller.contentHeight > scroller.height + 1
            }
            Row {
                id: extraRow
                anchors.left: parent.left
                anchors.leftMargin: Theme.margin - 12 // what is here has no frame: its icon stands below the fields
                anchors.verticalCenter: parent.verticalCenter
                spacing: Theme.gap
            }
            Row {
                id: buttonRow
                anchors.right: parent.right
                anchors.rightMargin: Theme.margin
                anchors.verticalCenter: parent.verticalCenter
                spacing: Theme.gap
            }
        }
    }
}
