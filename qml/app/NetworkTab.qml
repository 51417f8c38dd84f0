import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls
import Boxgate.Models

// What the box may reach: the mode first, then the allow list, then the host's loopback.
Column {
    id: tab

    required property SelectedBox box
    signal portsWanted()

    spacing: Theme.padding

    Card {
        width: parent.width
        heading: qsTr("Network")
        actions: Spinner {
            color: Theme.accentText
            running: tab.box.networkPending
        }
        Segmented {
            name: qsTr("Network mode")
            enabled: !tab.box.networkPending
            value: tab.box.networkMode
            options: [
                { value: "open", text: qsTr("Open"), iconName: "globe" },
                { value: "allowlist", text: qsTr("Allow list"), iconName: "list-checks" },
                { value: "off", text: qsTr("Off"), iconName: "unplug" }
            ]
            onChosen: value => tab.box.setNetworkMode(value)
        }
        Label {
            width: parent.width
            text: tab.box.networkMode === "off" ? qsTr("No network interface at the next start; a running box is cut off at once.")
                : tab.box.networkMode === "allowlist" ? qsTr("Only what the list below names. An empty list allows nothing.")
                : qsTr("Any destination. A change holds at once, without a restart.")
            color: Theme.secondaryText
            wrapMode: Text.Wrap
        }
    }
    Card {
        width: parent.width
        visible: tab.box.networkMode === "allowlist"
        heading: qsTr("Allowed destinations")
        actions: ActionButton {
            implicitHeight: 28
            text: qsTr("Apply")
            enabled: rules.text.trim() !== tab.box.allowNet && !tab.box.networkPending
            onClicked: tab.box.setAllowNet(rules.text)
        }
        Rectangle {
            width: parent.width
            height: Math.max(96, rules.implicitHeight)
            radius: Theme.smallRadius
            color: Theme.dark ? Theme.sunken : Theme.surface
            border.width: rules.activeFocus ? 2 : 1
            border.color: rules.activeFocus ? Theme.accent : Theme.border
            T.TextArea {
                id: rules
                anchors.fill: parent
                padding: 10
                text: tab.box.allowNet
                textFormat: TextEdit.PlainText
                color: Theme.text
                selectionColor: Theme.accent
                selectedTextColor: Theme.inkOnAccent
                font.family: Theme.monoFamily
                font.pixelSize: Theme.captionSize
                wrapMode: TextEdit.WrapAnywhere
                selectByMouse: true
                KeyNavigation.priority: KeyNavigation.BeforeItem
                KeyNavigation.tab: nextItemInFocusChain()
                Accessible.name: qsTr("Allowed destinations")
            }
        }
        Label {
            width: parent.width
            text: qsTr("One per line, such as example.com, *.example.com, 10.0.0.0/8 or example.com:443/tcp")
            color: Theme.faintText
            font.pixelSize: Theme.captionSize
            wrapMode: Text.Wrap
        }
        Connections {
            target: tab.box
            function onBoxIdChanged() { rules.text = Qt.binding(() => tab.box.allowNet); }
        }
    }
    Card {
        width: parent.width
        heading: qsTr("Host loopback")
        Segmented {
            name: qsTr("Host loopback")
            enabled: !tab.box.networkPending
            value: tab.box.hostLoopback
            options: [
                { value: "open", text: qsTr("Open") },
                { value: "ports", text: qsTr("Only ports\u2026") },
                { value: "off", text: qsTr("Off") }
            ]
            onChosen: value => {
                if (value === "ports")
                    tab.portsWanted();
                else
                    tab.box.setHostLoopback(value, "");
            }
        }
        Row {
            width: parent.width
            spacing: 12
            visible: tab.box.hostLoopback === "ports"
            Label {
                anchors.verticalCenter: parent.verticalCenter
                text: qsTr("Ports: %1").arg(tab.box.loopbackPorts)
            }
            ActionButton {
                implicitHeight: 28
                text: qsTr("Edit\u2026")
                onClicked: tab.portsWanted()
            }
        }
        Label {
            width: parent.width
            text: qsTr("Whether host.boxlite.internal (192.168.127.254) leads to services on this machine's 127.0.0.1.")
            color: Theme.secondaryText
            wrapMode: Text.Wrap
        }
    }
    Card {
        width: parent.width
        visible: tab.box.portMappings.length > 0
        heading: qsTr("Published ports")
        Repeater {
            model: tab.box.portMappings
            Label {
                required property string modelData
                text: modelData
                font.family: Theme.monoFamily
                font.pixelSize: Theme.captionSize
            }
        }
    }
}
