import QtQuick
import Boxgate.Controls
import Boxgate.Models

// Asks before a box and its disk are gone.
AppDialog {
    id: dialog

    required property SelectedBox box

    title: qsTr("Remove %1?").arg(box.name)
    preferredWidth: 440
    onOpened: cancel.forceActiveFocus()

    // The box may end or be removed by somebody else meanwhile.
    Connections {
        target: dialog.box
        function onBoxIdChanged() { dialog.close(); }
    }
    Label {
        width: parent.width
        text: dialog.box.canStop ? qsTr("The box is running: it is killed first. Its disk and logs are deleted and cannot be brought back.")
                                 : qsTr("Its disk and logs are deleted and cannot be brought back.")
        color: Theme.secondaryText
        wrapMode: Text.Wrap
        lineHeight: 1.2
    }
    buttons: [
        ActionButton {
            id: cancel
            text: qsTr("Cancel")
            onClicked: dialog.close()
        },
        ActionButton {
            kind: "danger"
            iconName: "trash-2"
            text: qsTr("Remove box")
            onClicked: {
                dialog.box.remove();
                dialog.close();
            }
        }
    ]
}
