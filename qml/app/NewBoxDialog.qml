import QtQuick
import Boxgate.Controls
import Boxgate.Models

// Everything a new box needs, checked as one types.
AppDialog {
    id: dialog

    required property NewBoxForm form
    required property var images
    signal copyWanted(string text)

    function begin() {
        form.reset();
        open();
        name.input.forceActiveFocus();
        name.input.selectAll();
    }

    title: qsTr("New box")
    preferredWidth: 560

    Connections {
        target: dialog.form
        function onCreated() { dialog.close(); }
    }

    Banner {
        width: parent.width
        visible: dialog.form.failure.length > 0
        tone: "bad"
        iconName: "circle-alert"
        title: qsTr("The box could not be created")
        text: dialog.form.failure
    }
    InputField {
        id: name
        width: parent.width
        label: qsTr("Name")
        text: dialog.form.name
        error: dialog.form.nameError
        onEdited: text => dialog.form.name = text
        onAccepted: dialog.form.submit()
    }
    InputField {
        width: parent.width
        label: qsTr("Image")
        placeholder: "builtin/busybox"
        text: dialog.form.image
        error: dialog.form.imageError
        hint: dialog.images.length > 0 ? qsTr("Here already: %1").arg(dialog.images.join(", ")) : ""
        onEdited: text => dialog.form.image = text
        onAccepted: dialog.form.submit()
    }
    Row {
        id: sizes
        width: parent.width
        spacing: Theme.padding
        readonly property real part: (width - 2 * spacing) / 3
        NumberField {
            width: sizes.part
            label: qsTr("CPUs")
            to: 256
            value: dialog.form.cpus
            error: dialog.form.cpusError
            onEdited: value => dialog.form.cpus = value
        }
        InputField {
            width: sizes.part
            label: qsTr("Memory")
            text: dialog.form.memory
            error: dialog.form.memoryError
            onEdited: text => dialog.form.memory = text
            onAccepted: dialog.form.submit()
        }
        InputField {
            width: sizes.part
            label: qsTr("Disk")
            text: dialog.form.disk
            error: dialog.form.diskError
            onEdited: text => dialog.form.disk = text
            onAccepted: dialog.form.submit()
        }
    }
    Column {
        width: parent.width
        spacing: 6
        FieldLabel {
            text: qsTr("Network")
        }
        Segmented {
            name: qsTr("Network of the new box")
            value: dialog.form.networkMode
            options: [
                { value: "open", text: qsTr("Open"), iconName: "globe" },
                { value: "allowlist", text: qsTr("Allow list"), iconName: "list-checks" },
                { value: "off", text: qsTr("Off"), iconName: "unplug" }
            ]
            onChosen: value => dialog.form.networkMode = value
        }
        Label {
            width: parent.width
            text: dialog.form.networkMode === "off" ? qsTr("The box reaches nothing.")
                : dialog.form.networkMode === "allowlist" ? qsTr("The list begins empty: nothing is allowed until you add to it.")
                : qsTr("The box reaches any destination.")
            color: Theme.faintText
            font.pixelSize: Theme.captionSize
            wrapMode: Text.Wrap
        }
        CheckField {
            visible: dialog.form.networkMode !== "off"
            text: qsTr("May reach services on this machine's loopback")
            on: dialog.form.reachesLoopback
            onClicked: dialog.form.reachesLoopback = !dialog.form.reachesLoopback
        }
    }
    InputField {
        width: parent.width
        label: qsTr("Command")
        placeholder: qsTr("None: the box stays up, idle")
        mono: true
        text: dialog.form.command
        error: dialog.form.commandError
        onEdited: text => dialog.form.command = text
        onAccepted: dialog.form.submit()
    }
    CheckField {
        text: qsTr("Start it at once")
        on: dialog.form.startAtOnce
        onClicked: dialog.form.startAtOnce = !dialog.form.startAtOnce
    }

    footerExtra: ActionButton {
        kind: "quiet"
        iconName: "copy"
        text: qsTr("Copy as command")
        enabled: dialog.form.valid
        onClicked: dialog.copyWanted(dialog.form.commandLine)
    }
    buttons: [
        ActionButton {
            text: qsTr("Cancel")
            onClicked: dialog.close()
        },
        ActionButton {
            kind: "primary"
            text: dialog.form.busy ? qsTr("Creating\u2026") : dialog.form.startAtOnce ? qsTr("Create and start") : qsTr("Create")
            enabled: dialog.form.valid && !dialog.form.busy
            onClicked: dialog.form.submit()
        }
    ]
}
