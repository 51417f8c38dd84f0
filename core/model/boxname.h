#pragma once

#include "core/base/result.h"

#include <QString>

namespace boxgate {

/// Checks a box's name: 1 to 63 characters, lower-case letters, digits, '-', '_' and '.', the first a letter
/// or digit; not 12 hexadecimal digits, which would be an id. It is the host name inside the box too. Errors
/// InvalidArgument: the rule that is broken
Result<QString> checkBoxName(const QString &name);

/// A name made of an adjective and a noun, such as "calm-otter", that is not among taken.
QString suggestBoxName(const QStringList &taken);

} // namespace boxgate
