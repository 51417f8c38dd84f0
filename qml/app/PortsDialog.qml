import QtQuick
import Boxgate.Controls
import Boxgate.Models

// Which ports of the host's loopback the box may reach.
AppDialog {
    id: dialog

    required property SelectedBox box
    required property ExposureModel exposure
    property string problem

    function begin() {
        problem = "";
        ports.text = box.loopbackPorts.length > 0 ? box.loopbackPorts : exposure.harmlessPorts;
        open();
        ports.input.forceActiveFocus();
        ports.input.selectAll();
    }
    function submit() {
        problem = box.setHostLoopback("ports", ports.text);
        if (problem.length === 0)
            close();
    }

    title: qsTr("Only these ports")
    preferredWidth: 440

    InputField {
        id: ports
        width: parent.width
        label: qsTr("Ports of this machine's loopback")
        placeholder: "8080, 8081"
        error: dialog.problem
        onEdited: dialog.problem = ""
        onAccepted: dialog.submit()
    }
    Label {
        width: parent.width
        visible: text.length > 0
        text: dialog.exposure.count > 0 ? qsTr("Listening now: %1").arg(dialog.exposure.summary) : ""
        color: Theme.secondaryText
        font.pixelSize: Theme.captionSize
        wrapMode: Text.Wrap
    }
    buttons: [
        ActionButton {
            text: qsTr("Cancel")
            onClicked: dialog.close()
        },
        ActionButton {
            kind: "primary"
            text: qsTr("Allow only these")
            onClicked: dialog.submit()
        }
    ]
}
