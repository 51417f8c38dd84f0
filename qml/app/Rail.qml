import QtQuick
import Boxgate.Controls
import Boxgate.Models

// The pages, and below them how the window looks.
Rectangle {
    id: rail

    required property string page
    required property Preferences preferences
    signal pageChosen(string page)

    color: Theme.rail
    Accessible.role: Accessible.PageTabList
    Accessible.name: qsTr("Pages")

    Rectangle {
        anchors.right: parent.right
        width: 1
        height: parent.height
        color: Theme.border
    }
    Column {
        x: 8
        y: 12
        spacing: 4
        RailButton {
            text: qsTr("Boxes")
            iconName: "boxes"
            keys: "Ctrl+1"
            current: rail.page === "boxes"
            onClicked: rail.pageChosen("boxes")
        }
        RailButton {
            text: qsTr("Host")
            iconName: "server"
            keys: "Ctrl+2"
            current: rail.page === "host"
            onClicked: rail.pageChosen("host")
        }
    }
    IconButton {
        readonly property string mode: rail.preferences.themeMode
        anchors.horizontalCenter: parent.horizontalCenter
        anchors.bottom: parent.bottom
        anchors.bottomMargin: 12
        side: 40
        iconName: mode === "light" ? "sun" : mode === "dark" ? "moon" : "sun-moon"
        text: mode === "light" ? qsTr("Theme: light") : mode === "dark" ? qsTr("Theme: dark") : qsTr("Theme: as the system")
        onClicked: rail.preferences.themeMode = mode === "system" ? "light" : mode === "light" ? "dark" : "system"
    }
}
