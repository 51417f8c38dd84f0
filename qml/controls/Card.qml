import QtQuick

// A group of things that belong together, with a heading.
Rectangle {
    id: card

    property string heading
    property alias actions: actionRow.data
    default property alias content: body.data

    implicitHeight: column.implicitHeight + 2 * Theme.padding
    radius: Theme.radius
    color: Theme.surface
    border.width: 1
    border.color: Theme.border

    Column {
        id: column
        x: Theme.padding
        y: Theme.padding
        width: card.width - 2 * Theme.padding
        spacing: Theme.padding - 4

        Item {
            width: parent.width
            height: Math.max(title.implicitHeight, actionRow.implicitHeight)
            visible: card.heading.length > 0
            Label {
                id: title
                anchors.left: parent.left
                anchors.right: actionRow.left
                anchors.rightMargin: Theme.gap
                anchors.verticalCenter: parent.verticalCenter
                text: card.heading
                font.pixelSize: Theme.headingSize
                font.weight: Font.DemiBold
                Accessible.role: Accessible.Heading
                Accessible.name: text
            }
            Row {
                id: actionRow
                anchors.right: parent.right
                anchors.verticalCenter: parent.verticalCenter
                spacing: Theme.gap
            }
        }
        Column {
            id: body
            width: parent.width
            spacing: Theme.padding - 4
        }
    }
}
