import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls
import Boxgate.Models

// What this machine gives to boxes.
Flickable {
    id: page

    required property HostFacts host

    contentHeight: column.implicitHeight + 2 * Theme.margin
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    T.ScrollBar.vertical: ThinScrollBar { }
    onVisibleChanged: {
        if (visible)
            host.refresh();
    }

    Column {
        id: column
        x: Theme.margin
        y: Theme.padding
        width: Math.min(720, page.width - 2 * Theme.margin)
        spacing: Theme.padding

        Label {
            height: 32
            text: qsTr("Host")
            font.pixelSize: Theme.titleSize
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Repeater {
            model: page.host.problems
            Banner {
                required property string modelData
                width: column.width
                tone: "bad"
                iconName: "circle-alert"
                title: qsTr("Boxes cannot start")
                text: modelData
            }
        }
        Card {
            width: parent.width
            heading: qsTr("Accelerator")
            actions: Chip {
                text: page.host.accelerator
                visible: text.length > 0
                iconName: "cpu"
                tone: page.host.accelerator === "tcg" ? "warning" : "good"
            }
            Label {
                width: parent.width
                text: page.host.known ? page.host.acceleratorReason : qsTr("Looking\u2026")
                color: Theme.secondaryText
                wrapMode: Text.Wrap
                lineHeight: 1.2
            }
        }
        Card {
            width: parent.width
            heading: qsTr("This machine")
            visible: page.host.known
            FactTable {
                width: parent.width
                facts: page.host.facts
            }
        }
    }
}
