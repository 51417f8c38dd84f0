import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls

// One box in the list.
T.ItemDelegate {
    id: row

    required property string boxId
    required property string name
    required property string image
    required property string boxState
    required property string stateText
    required property string network
    required property string networkText
    required property bool exposed
    required property string memory
    required property string uptime
    required property string downRate
    required property string upRate
    required property TrafficSeries series
    property bool wide: true
    property bool narrow: false
    property bool selected: false
    property bool focused: false
    readonly property bool running: boxState === "running"

    implicitHeight: 72
    hoverEnabled: true
    focusPolicy: Qt.NoFocus
    Accessible.role: Accessible.ListItem
    Accessible.name: name
    Accessible.description: stateText + ", " + image + ", " + qsTr("network") + " " + networkText
                            + (exposed ? ", " + qsTr("reaches host loopback") : "")
                            + (running ? ", " + qsTr("%1 received, %2 sent").arg(downRate).arg(upRate) : "")
    Accessible.selectable: true
    Accessible.selected: selected

    background: Item {
        Rectangle {
            anchors.fill: parent
            anchors.leftMargin: Theme.gap
            anchors.rightMargin: Theme.gap
            anchors.topMargin: 1
            anchors.bottomMargin: 1
            radius: Theme.radius
            color: row.selected ? Theme.selection : row.hovered ? Theme.hover : "transparent"
            border.width: row.focused ? 2 : 0
            border.color: Theme.accent
        }
    }
    contentItem: Item {
        Column {
            id: who
            x: Theme.padding + 4
            anchors.verticalCenter: parent.verticalCenter
            width: facts.x - x - 12
            spacing: 4
            Label {
                width: parent.width
                text: row.name
                font.pixelSize: 14
                font.weight: Font.DemiBold
                elide: Text.ElideMiddle
            }
            Row {
                width: parent.width
                spacing: 6
                StateBadge {
                    id: badge
                    boxState: row.boxState
                    text: row.stateText
                }
                Label {
                    width: parent.width - badge.width - 6
                    anchors.verticalCenter: parent.verticalCenter
                    text: "\u00b7  " + row.image
                    color: Theme.secondaryText
                    elide: Text.ElideMiddle
                }
            }
        }
        Row {
            id: facts
            anchors.right: parent.right
            anchors.rightMargin: Theme.padding + 4
            anchors.verticalCenter: parent.verticalCenter
            spacing: row.narrow ? 10 : 12

            Column {
                anchors.verticalCenter: parent.verticalCenter
                width: row.narrow ? 24 : 100
                spacing: 4
                Chip {
                    compact: row.narrow
                    onTint: row.selected
                    text: row.networkText
                    tip: qsTr("Network: %1").arg(row.networkText)
                    iconName: row.network === "off" ? "unplug" : row.network === "allowlist" ? "list-checks" : "globe"
                    tone: row.network === "off" ? "neutral" : "accent"
                }
                Chip {
                    compact: row.narrow
                    visible: row.exposed
                    text: qsTr("Loopback")
                    tip: qsTr("Reaches services on this machine's loopback")
                    iconName: "triangle-alert"
                    tone: "warning"
                }
            }
            Column {
                anchors.verticalCenter: parent.verticalCenter
                width: 124
                visible: row.wide
                spacing: 4
                Label {
                    width: parent.width
                    text: row.memory
                    color: Theme.secondaryText
                    font.pixelSize: Theme.captionSize
                }
                Label {
                    width: parent.width
                    visible: text.length > 0
                    text: row.uptime.length > 0 ? qsTr("Up %1").arg(row.uptime) : ""
                    color: Theme.secondaryText
                    font.pixelSize: Theme.captionSize
                }
            }
            Column {
                anchors.verticalCenter: parent.verticalCenter
                width: row.narrow ? 72 : 144
                spacing: 4
                opacity: row.running ? 1 : 0
                Sparkline {
                    width: parent.width
                    height: 24
                    series: row.series
                    downColor: Theme.down
                    upColor: Theme.up
                    baseColor: Theme.border
                }
                Item {
                    width: parent.width
                    height: 14
                    RateText {
                        anchors.verticalCenter: parent.verticalCenter
                        down: true
                        text: row.downRate
                        pixelSize: 11
                    }
                    RateText {
                        x: 76
                        anchors.verticalCenter: parent.verticalCenter
                        visible: !row.narrow
                        down: false
                        text: row.upRate
                        pixelSize: 11
                    }
                }
            }
        }
    }
}
