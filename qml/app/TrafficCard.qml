import QtQuick
import Boxgate.Controls
import Boxgate.Models

// The bandwidth chart with its legend, and the totals of this run.
Card {
    id: card

    required property SelectedBox box
    required property Preferences preferences
    readonly property bool running: box.boxState === "running"

    heading: qsTr("Bandwidth")
    actions: [
        Segmented {
            implicitHeight: 28
            name: qsTr("Length of the chart")
            value: String(chart.seconds)
            options: [
                { value: "60", text: qsTr("1 min") },
                { value: "300", text: qsTr("5 min") },
                { value: "3600", text: qsTr("1 h") }
            ]
            onChosen: value => card.preferences.chartSeconds = Number(value)
        },
        IconButton {
            side: 28
            outlined: true
            iconName: chart.paused ? "play" : "pause"
            text: chart.paused ? qsTr("Go on") : qsTr("Pause the chart")
            onClicked: chart.paused = !chart.paused
        }
    ]

    Row {
        spacing: 24
        height: 24
        RateText {
            anchors.verticalCenter: parent.verticalCenter
            visible: card.running
            down: true
            text: card.box.downText
            pixelSize: 16
            textColor: Theme.text
        }
        RateText {
            anchors.verticalCenter: parent.verticalCenter
            visible: card.running
            down: false
            text: card.box.upText
            pixelSize: 16
            textColor: Theme.text
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            visible: !card.running
            text: card.box.boxState === "created" ? qsTr("Not started yet") : qsTr("Not running")
            color: Theme.secondaryText
        }
        Label {
            anchors.verticalCenter: parent.verticalCenter
            visible: chart.paused
            text: qsTr("Paused")
            color: Theme.warning
            font.pixelSize: Theme.captionSize
        }
    }
    BandwidthChart {
        id: chart
        objectName: "bandwidthChart"
        width: parent.width
        height: 208
        series: card.box.series
        seconds: card.preferences.chartSeconds
        downColor: Theme.down
        upColor: Theme.up
        gridColor: Theme.border
        textColor: Theme.faintText
        font.family: Theme.family
        font.pixelSize: 11
        Accessible.role: Accessible.Chart
        Accessible.name: qsTr("Bandwidth")
        Accessible.description: summary

        Rectangle {
            readonly property real wanted: chart.hoverX + 12
            visible: chart.hoverActive
            x: wanted + width > chart.width ? chart.hoverX - width - 12 : wanted
            y: 8
            width: readout.width + 20
            height: readout.height + 16
            radius: Theme.smallRadius
            color: Theme.raised
            border.width: 1
            border.color: Theme.strongBorder
            Column {
                id: readout
                x: 10
                y: 8
                spacing: 4
                Label {
                    text: chart.hoverTime
                    color: Theme.secondaryText
                    font.pixelSize: 11
                }
                RateText {
                    down: true
                    text: chart.hoverDown
                    textColor: Theme.text
                }
                RateText {
                    down: false
                    text: chart.hoverUp
                    textColor: Theme.text
                }
            }
        }
    }
    Rectangle {
        width: parent.width
        height: 1
        color: Theme.border
    }
    Row {
        id: totals
        width: parent.width
        Repeater {
            model: [
                [qsTr("Received"), card.box.receivedText], [qsTr("Sent"), card.box.sentText],
                [qsTr("Connections"), card.box.connectionsText], [qsTr("Blocked packets"), card.box.blockedText]
            ]
            Column {
                id: total
                required property var modelData
                width: totals.width / 4
                spacing: 2
                Label {
                    width: parent.width
                    text: total.modelData[0]
                    color: Theme.secondaryText
                    font.pixelSize: Theme.captionSize
                }
                Label {
                    width: parent.width
                    text: total.modelData[1]
                    font.weight: Font.Medium
                }
            }
        }
    }
}
