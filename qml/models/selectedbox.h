#pragma once

#include "qml/models/boxactions.h"
#include "qml/models/trafficstore.h"

#include <QTimer>
#include <QtQml/qqmlregistration.h>

namespace boxgate::ui {

/// The box that the detail shows, and what can be done with it. Every property says what the service says;
/// nothing is assumed ahead of it. Without a box, `exists` is false and all else is empty.
///
/// Thread: main. The service, actions and traffic outlive it.
class SelectedBox : public QObject
{
    Q_OBJECT
    QML_ELEMENT
    QML_UNCREATABLE("made by the Workspace")
    Q_PROPERTY(QString boxId READ boxId WRITE setBoxId NOTIFY boxIdChanged FINAL)
    Q_PROPERTY(bool exists READ exists NOTIFY changed FINAL)
    Q_PROPERTY(QString name READ name NOTIFY changed FINAL)
    Q_PROPERTY(QString image READ image NOTIFY changed FINAL)
    Q_PROPERTY(QString boxState READ boxState NOTIFY changed FINAL)
    Q_PROPERTY(QString stateText READ stateText NOTIFY changed FINAL)
    Q_PROPERTY(bool canStart READ canStart NOTIFY changed FINAL)
    Q_PROPERTY(bool canStop READ canStop NOTIFY changed FINAL)
    Q_PROPERTY(QString failureTitle READ failureTitle NOTIFY changed FINAL)
    Q_PROPERTY(QString failureReason READ failureReason NOTIFY changed FINAL)
    Q_PROPERTY(QString failureTail READ failureTail NOTIFY changed FINAL)
    Q_PROPERTY(QString networkMode READ networkMode NOTIFY changed FINAL)
    Q_PROPERTY(QString networkText READ networkText NOTIFY changed FINAL)
    Q_PROPERTY(QString hostLoopback READ hostLoopback NOTIFY changed FINAL)
    Q_PROPERTY(QString loopbackPorts READ loopbackPorts NOTIFY changed FINAL)
    Q_PROPERTY(QString allowNet READ allowNet NOTIFY changed FINAL)
    Q_PROPERTY(QStringList portMappings READ portMappings NOTIFY changed FINAL)
    Q_PROPERTY(bool exposesLoopback READ exposesLoopback NOTIFY changed FINAL)
    Q_PROPERTY(bool networkPending READ isNetworkPending NOTIFY networkPendingChanged FINAL)
    /// Label and value by turns, for the table of facts.
    Q_PROPERTY(QStringList facts READ facts NOTIFY factsChanged FINAL)
    Q_PROPERTY(QString receivedText READ receivedText NOTIFY trafficChanged FINAL)
    Q_PROPERTY(QString sentText READ sentText NOTIFY trafficChanged FINAL)
    Q_PROPERTY(QString blockedText READ blockedText NOTIFY trafficChanged FINAL)
    Q_PROPERTY(QString connectionsText READ connectionsText NOTIFY trafficChanged FINAL)
    Q_PROPERTY(QString downText READ downText NOTIFY trafficChanged FINAL)
    Q_PROPERTY(QString upText READ upText NOTIFY trafficChanged FINAL)
    Q_PROPERTY(boxgate::ui::TrafficSeries *series READ series NOTIFY boxIdChanged FINAL)
    Q_PROPERTY(QString commandLine READ commandLine NOTIFY changed FINAL)

public:
    SelectedBox(BoxService *service, BoxActions *actions, TrafficStore *traffic, QObject *parent = nullptr);

    QString boxId() const { return m_id.toString(); }
    void setBoxId(const QString &boxId);
    const std::optional<BoxSummary> &summary() const { return m_box; }

    bool exists() const { return m_box.has_value(); }
    QString name() const;
    QString image() const;
    QString boxState() const;
    QString stateText() const;
    bool canStart() const { return m_box && !m_box->hasRunner(); }
    bool canStop() const { return m_box && m_box->hasRunner() && m_box->state != BoxState::Stopping; }
    QString failureTitle() const;
    QString failureReason() const;
    QString failureTail() const;
    QString networkMode() const;
    QString networkText() const;
    QString hostLoopback() const;
    QString loopbackPorts() const;
    QString allowNet() const;
    QStringList portMappings() const;
    bool exposesLoopback() const { return m_box && m_box->exposesLoopback(); }
    bool isNetworkPending() const { return m_actions->isNetworkPending(m_id); }
    QStringList facts() const { return m_facts; }
    QString receivedText() const;
    QString sentText() const;
    QString blockedText() const;
    QString connectionsText() const;
    QString downText() const;
    QString upText() const;
    TrafficSeries *series() const { return m_id.isEmpty() ? nullptr : m_traffic->seriesOf(m_id); }
    QString commandLine() const;

    Q_INVOKABLE void start();
    Q_INVOKABLE void stop();
    Q_INVOKABLE void kill();
    Q_INVOKABLE void restart();
    Q_INVOKABLE void remove();
    /// On again means what it was: the allow list when there is one, else open.
    Q_INVOKABLE void switchNetwork();
    /// mode     "open", "allowlist" or "off"
    Q_INVOKABLE void setNetworkMode(const QString &mode);
    /// setting  "open", "ports" or "off"; ports are numbers separated by commas or spaces
    /// Returns  the sentence that says what is wrong with the ports; empty when the change is under way
    Q_INVOKABLE QString setHostLoopback(const QString &setting, const QString &ports);
    /// rules    one per line, comma or space
    Q_INVOKABLE void setAllowNet(const QString &rules);

Q_SIGNALS:
    void boxIdChanged();
    void changed();
    void factsChanged();
    void trafficChanged();
    void networkPendingChanged();

private:
    void refresh();
    void refreshFacts();
    void apply(const NetworkSpec &network);

    BoxService *m_service;
    BoxActions *m_actions;
    TrafficStore *m_traffic;
    BoxId m_id;
    std::optional<BoxSummary> m_box;
    QStringList m_facts;
    QTimer m_minute;
};

} // namespace boxgate::ui
