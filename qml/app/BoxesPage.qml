import QtQuick
import QtQuick.Templates as T
import Boxgate.Controls
import Boxgate.Models

// The list of boxes and, beside it, the selected one.
FocusScope {
    id: page

    required property Workspace workspace
    property string firstTab
    signal newBoxWanted()
    signal removeWanted()
    signal portsWanted()

    function focusFilter() {
        list.focusFilter();
    }
    function showTab(tab: string) {
        detail.tab = tab;
    }

    EmptyState {
        anchors.fill: parent
        visible: page.workspace.boxes.ready && page.workspace.boxes.count === 0
        host: page.workspace.host
        onNewBoxWanted: page.newBoxWanted()
    }
    T.SplitView {
        anchors.fill: parent
        visible: page.workspace.boxes.count > 0
        orientation: Qt.Horizontal
        focus: true
        handle: Rectangle {
            implicitWidth: 1
            color: T.SplitHandle.pressed || T.SplitHandle.hovered ? Theme.accent : Theme.border
            containmentMask: Item {
                x: -4
                width: 9
                height: page.height
            }
        }

        BoxList {
            id: list
            focus: true
            T.SplitView.preferredWidth: page.width < 1000 ? 360 : page.width < 1300 ? 520 : Math.round(page.width * 0.48)
            T.SplitView.minimumWidth: 300
            T.SplitView.maximumWidth: page.width - 440
            workspace: page.workspace
            onNewBoxWanted: page.newBoxWanted()
        }
        BoxDetail {
            id: detail
            T.SplitView.fillWidth: true
            T.SplitView.minimumWidth: 420
            workspace: page.workspace
            tab: page.firstTab.length > 0 ? page.firstTab : "overview"
            onRemoveWanted: page.removeWanted()
            onPortsWanted: page.portsWanted()
        }
    }
}
