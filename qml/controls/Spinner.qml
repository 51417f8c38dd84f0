import QtQuick
import Boxgate.Controls

// Turns while something is under way; still and hidden otherwise.
Icon {
    id: spinner

    property bool running: true

    name: "loader-circle"
    visible: running
    RotationAnimation on rotation {
        running: spinner.running && spinner.visible
        from: 0
        to: 360
        duration: 1100
        loops: Animation.Infinite
    }
}
