import QtQuick
import Boxgate.Controls
import Boxgate.Models

// What of this machine the box reaches through host.boxlite.internal. It cannot be dismissed: it goes when the exposure goes.
Banner {
    id: warning

    required property SelectedBox box
    required property ExposureModel exposure
    // One line and the actions, where room is scarce.
    property bool compact: false
    readonly property bool live: box.boxState === "running" || box.boxState === "starting"

    signal portsWanted()

    objectName: "loopbackWarning"
    tone: exposure.sensitiveCount > 0 ? "bad" : "warning"
    title: !live ? qsTr("When it runs, this box reaches services on this machine")
         : exposure.count === 0 ? qsTr("This box may reach services on this machine; none is listening now")
         : (exposure.count === 1 ? qsTr("This box reaches a service on this machine")
                                 : qsTr("This box reaches %1 services on this machine").arg(exposure.count))
           + (exposure.sensitiveCount > 0 ? qsTr(", %1 of them sensitive").arg(exposure.sensitiveCount) : "")
    Accessible.description: exposure.summary

    Flow {
        width: parent.width
        spacing: 6
        visible: !warning.compact && warning.live && warning.exposure.count > 0
        Repeater {
            model: warning.exposure

            Rectangle {
                id: listener

                required property int port
                required property string label
                required property bool sensitive
                required property string description

                width: content.implicitWidth + 16
                height: 24
                radius: 6
                color: sensitive ? Theme.badFill : Theme.surface
                border.width: sensitive ? 0 : 1
                border.color: Theme.warningBorder
                Accessible.role: Accessible.StaticText
                Accessible.name: port + " " + label
                Accessible.description: description

                Row {
                    id: content
                    anchors.centerIn: parent
                    spacing: 6
                    Icon {
                        anchors.verticalCenter: parent.verticalCenter
                        width: 13
                        height: 13
                        visible: listener.sensitive
                        name: "shield-alert"
                        color: Theme.inkOnAccent
                    }
                    Label {
                        anchors.verticalCenter: parent.verticalCenter
                        text: listener.port
                        color: listener.sensitive ? Theme.inkOnAccent : Theme.text
                        font.pixelSize: Theme.captionSize
                        font.weight: Font.DemiBold
                    }
                    Label {
                        anchors.verticalCenter: parent.verticalCenter
                        text: listener.label
                        color: listener.sensitive ? Theme.inkOnAccent : Theme.secondaryText
                        font.pixelSize: Theme.captionSize
                    }
                }
                HoverHandler {
                    id: hover
                }
                Tip {
                    text: listener.description
                    shown: hover.hovered
                }
            }
        }
    }
    Flow {
        width: parent.width
        spacing: Theme.gap
        ActionButton {
            text: qsTr("Turn off host loopback")
            enabled: !warning.box.networkPending
            onClicked: warning.box.setHostLoopback("off", "")
        }
        ActionButton {
            text: qsTr("Only these ports\u2026")
            enabled: !warning.box.networkPending
            onClicked: warning.portsWanted()
        }
    }
    Label {
        width: parent.width
        visible: !warning.compact
        text: (warning.box.hostLoopback === "ports" ? qsTr("These ports of this machine's loopback answer at host.boxlite.internal: %1.").arg(warning.box.loopbackPorts)
                                                    : qsTr("What listens on this machine's loopback answers at host.boxlite.internal."))
              + " " + qsTr("Not covered by turning it off: services bound to 0.0.0.0, which also answer at this machine's network address.")
        color: Theme.secondaryText
        font.pixelSize: Theme.captionSize
        wrapMode: Text.Wrap
        lineHeight: 1.15
    }
}
