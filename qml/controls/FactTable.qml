import QtQuick

// Facts in two columns, label and value by turns.
Column {
    id: table

    required property var facts
    property int labelWidth: 112

    spacing: Theme.gap

    Repeater {
        model: Math.floor(table.facts.length / 2)

        Item {
            id: fact

            required property int index

            width: table.width
            height: value.implicitHeight
            Label {
                width: table.labelWidth
                text: table.facts[fact.index * 2] || ""
                color: Theme.secondaryText
            }
            Label {
                id: value
                x: table.labelWidth + Theme.gap
                width: parent.width - x
                text: table.facts[fact.index * 2 + 1] || ""
                wrapMode: Text.WrapAnywhere
                maximumLineCount: 3
                Accessible.role: Accessible.StaticText
                Accessible.name: (table.facts[fact.index * 2] || "") + ": " + text
            }
        }
    }
}
