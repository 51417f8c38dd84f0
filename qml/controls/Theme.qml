pragma Singleton

import QtQuick

// Every colour, size and distance of the desktop. Distances are multiples of 8, halves inside of controls.
QtObject {
    id: theme

    // "system", "light" or "dark"
    property string mode: "system"
    readonly property SystemPalette systemPalette: SystemPalette { }
    readonly property bool dark: mode === "dark" || (mode === "system" && systemPalette.window.hslLightness < 0.5)

    readonly property color window: dark ? "#14171c" : "#f4f6f9"
    readonly property color rail: dark ? "#101318" : "#eceff4"
    readonly property color surface: dark ? "#1b1f26" : "#ffffff"
    readonly property color raised: dark ? "#232831" : "#ffffff"
    readonly property color sunken: dark ? "#15181e" : "#f4f6f9"
    readonly property color border: dark ? "#2c323c" : "#e0e4ea"
    readonly property color strongBorder: dark ? "#454d5a" : "#c3cad5"
    readonly property color hover: dark ? "#242a33" : "#f0f3f7"
    readonly property color pressed: dark ? "#2c333e" : "#e5e9f0"
    readonly property color selection: dark ? "#20304d" : "#e6effe"

    readonly property color text: dark ? "#e8ebf0" : "#171b22"
    readonly property color secondaryText: dark ? "#a3acba" : "#535d6c"
    readonly property color faintText: dark ? "#8f99a7" : "#5d6776"
    readonly property color inkOnAccent: "#ffffff"

    readonly property color accent: dark ? "#2f6fd9" : "#2463d6"
    readonly property color accentHover: dark ? "#3371dc" : "#1c55bd"
    readonly property color accentText: dark ? "#7fb0ff" : "#1f5ac7"
    readonly property color good: dark ? "#56c98a" : "#177a45"
    readonly property color goodTint: dark ? "#17301f" : "#e3f5ea"
    readonly property color warning: dark ? "#f0b84b" : "#8a5800"
    readonly property color warningTint: dark ? "#2d2513" : "#fff6e0"
    readonly property color warningBorder: dark ? "#5a4820" : "#f0d596"
    readonly property color bad: dark ? "#ff8078" : "#bf2b23"
    readonly property color badTint: dark ? "#371c1c" : "#fdebea"
    readonly property color badBorder: dark ? "#6b3331" : "#f3c0bc"
    readonly property color badFill: dark ? "#c93f37" : "#c0312a"
    readonly property color neutralTint: dark ? "#262c35" : "#edf0f4"
    readonly property color accentTint: dark ? "#1c2c49" : "#e6effe"

    readonly property color down: dark ? "#5b9dff" : "#2a6de2"
    readonly property color up: dark ? "#e07bd0" : "#b5389f"

    readonly property string family: "Boxgate Sans"
    readonly property string monoFamily: "JetBrains Mono"
    readonly property int titleSize: 20
    readonly property int headingSize: 14
    readonly property int bodySize: 13
    readonly property int captionSize: 12

    readonly property int gap: 8
    readonly property int padding: 16
    readonly property int margin: 24
    readonly property int radius: 8
    readonly property int smallRadius: 6
    readonly property int controlHeight: 32
}
