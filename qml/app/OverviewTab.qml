import QtQuick
import Boxgate.Controls
import Boxgate.Models

// The traffic and the facts.
Column {
    id: tab

    required property SelectedBox box
    required property Preferences preferences

    spacing: Theme.padding

    TrafficCard {
        width: parent.width
        box: tab.box
        preferences: tab.preferences
    }
    Card {
        width: parent.width
        heading: qsTr("Details")
        FactTable {
            width: parent.width
            facts: tab.box.facts
        }
    }
}
