#pragma once

#include "qml/models/boxactions.h"
#include "qml/models/boxlistmodel.h"
#include "qml/models/hostfacts.h"

namespace boxgate::ui {

/// What is typed into "New box", checked as one types with the sentences of the model. An error text is empty
/// while its field is right.
///
/// Thread: main. Everything it is given outlives it.
class NewBoxForm : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    Q_PROPERTY(QString name MEMBER m_name NOTIFY edited FINAL)
    Q_PROPERTY(QString image MEMBER m_image NOTIFY edited FINAL)
    Q_PROPERTY(int cpus MEMBER m_cpus NOTIFY edited FINAL)
    Q_PROPERTY(QString memory MEMBER m_memory NOTIFY edited FINAL)
    Q_PROPERTY(QString disk MEMBER m_disk NOTIFY edited FINAL)
    Q_PROPERTY(QString command MEMBER m_command NOTIFY edited FINAL)
    Q_PROPERTY(QString networkMode MEMBER m_networkMode NOTIFY edited FINAL)
    Q_PROPERTY(bool reachesLoopback MEMBER m_reachesLoopback NOTIFY edited FINAL)
    Q_PROPERTY(bool startAtOnce MEMBER m_startAtOnce NOTIFY edited FINAL)
    Q_PROPERTY(QString nameError MEMBER m_nameError NOTIFY checked FINAL)
    Q_PROPERTY(QString imageError MEMBER m_imageError NOTIFY checked FINAL)
    Q_PROPERTY(QString cpusError MEMBER m_cpusError NOTIFY checked FINAL)
    Q_PROPERTY(QString memoryError MEMBER m_memoryError NOTIFY checked FINAL)
    Q_PROPERTY(QString diskError MEMBER m_diskError NOTIFY checked FINAL)
    Q_PROPERTY(QString commandError MEMBER m_commandError NOTIFY checked FINAL)
    Q_PROPERTY(bool valid READ isValid NOTIFY checked FINAL)
    Q_PROPERTY(bool busy MEMBER m_busy NOTIFY busyChanged FINAL)
    /// Why the last attempt to create failed.
    Q_PROPERTY(QString failure MEMBER m_failure NOTIFY busyChanged FINAL)
    Q_PROPERTY(QString commandLine READ commandLine NOTIFY checked FINAL)

public:
    NewBoxForm(BoxActions *actions, BoxListModel *boxes, HostFacts *host, QObject *parent = nullptr);

    bool isValid() const { return m_valid; }
    /// Empty while something is wrong.
    QString commandLine() const;

    /// Back to the defaults, with a fresh name.
    Q_INVOKABLE void reset();
    /// Creates the box; created() or failure follows.
    Q_INVOKABLE void submit();

Q_SIGNALS:
    void edited();
    void checked();
    void busyChanged();
    void created(const QString &boxId);

private:
    void check();
    QString checkName() const;
    /// The sentence of BoxSpec::check() about a specification that is right apart from one field.
    QString checkAlone(const BoxSpec &spec) const;

    BoxActions *m_actions;
    BoxListModel *m_boxes;
    HostFacts *m_host;
    QString m_name;
    QString m_image;
    int m_cpus = 1;
    QString m_memory;
    QString m_disk;
    QString m_command;
    QString m_networkMode;
    bool m_reachesLoopback = true;
    bool m_startAtOnce = true;
    QString m_nameError;
    QString m_imageError;
    QString m_cpusError;
    QString m_memoryError;
    QString m_diskError;
    QString m_commandError;
    QString m_failure;
    bool m_valid = false;
    bool m_busy = false;
    BoxSpec m_spec;
};

} // namespace boxgate::ui
