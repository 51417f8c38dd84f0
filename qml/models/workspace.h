#pragma once

#include "qml/models/boxfiltermodel.h"
#include "qml/models/consolelog.h"
#include "qml/models/exposuremodel.h"
#include "qml/models/hostfacts.h"
#include "qml/models/newboxform.h"
#include "qml/models/preferences.h"
#include "qml/models/selectedbox.h"

namespace boxgate::ui {

/// Everything a window shows and does, wired on one BoxService: the one object that is handed to the QML.
/// Thread: main. Lifetime: longer than the QML engine, shorter than the service.
class Workspace : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the program")
    Q_PROPERTY(boxgate::ui::BoxListModel *boxes READ boxes CONSTANT FINAL)
    Q_PROPERTY(boxgate::ui::BoxFilterModel *shownBoxes READ shownBoxes CONSTANT FINAL)
    Q_PROPERTY(boxgate::ui::SelectedBox *selected READ selected CONSTANT FINAL)
    Q_PROPERTY(boxgate::ui::ExposureModel *exposure READ exposure CONSTANT FINAL)
    Q_PROPERTY(boxgate::ui::ConsoleLog *log READ log CONSTANT FINAL)
    Q_PROPERTY(boxgate::ui::TaskModel *tasks READ tasks CONSTANT FINAL)
    Q_PROPERTY(boxgate::ui::HostFacts *host READ host CONSTANT FINAL)
    Q_PROPERTY(boxgate::ui::NewBoxForm *newBox READ newBox CONSTANT FINAL)
    Q_PROPERTY(boxgate::ui::Preferences *preferences READ preferences CONSTANT FINAL)

public:
    /// preferencesFile   see Preferences
    Workspace(BoxService *service, const QString &preferencesFile, QObject *parent = nullptr);

    BoxListModel *boxes() { return &m_boxes; }
    BoxFilterModel *shownBoxes() { return &m_shownBoxes; }
    SelectedBox *selected() { return &m_selected; }
    ExposureModel *exposure() { return &m_exposure; }
    ConsoleLog *log() { return &m_log; }
    TaskModel *tasks() { return &m_tasks; }
    HostFacts *host() { return &m_host; }
    NewBoxForm *newBox() { return &m_newBox; }
    Preferences *preferences() { return &m_preferences; }

    /// Puts text on the clipboard.
    Q_INVOKABLE void copy(const QString &text);

private:
    void keepSelection();

    TaskModel m_tasks;
    BoxActions m_actions;
    TrafficStore m_traffic;
    BoxListModel m_boxes;
    BoxFilterModel m_shownBoxes;
    SelectedBox m_selected;
    ExposureModel m_exposure;
    ConsoleLog m_log;
    HostFacts m_host;
    NewBoxForm m_newBox;
    Preferences m_preferences;
    int m_lastRow = 0; ///< where the selection was, to stay near it when its box goes
};

} // namespace boxgate::ui
