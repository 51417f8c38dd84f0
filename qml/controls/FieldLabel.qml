import QtQuick

// The caption above a field or a column.
Label {
    color: Theme.secondaryText
    font.pixelSize: Theme.captionSize
    font.weight: Font.Medium
}
