#pragma once

#include "core/base/result.h"

#include <QList>

namespace boxgate::ui {

/// Reads port numbers separated by commas or spaces: "8080, 5432". Sorted, each once; at least one.
/// Errors   InvalidArgument: the word that is no port from 1 to 65535, or none at all
Result<QList<quint16>> parsePortList(const QString &text);

QString toDisplay(const QList<quint16> &ports);

} // namespace boxgate::ui
