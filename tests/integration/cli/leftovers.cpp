#include "tests/integration/cli/leftovers.h"

#include "core/base/filelock.h"
#include "tests/support/realhome.h"

#include <QDirIterator>

namespace boxgate::test {

QStringList leftovers(const RealHome &home)
{
    QStringList found;
    for (const qint64 pid : home.processes())
        found.append(QStringLiteral("process %1").arg(pid));
    QDirIterator files(home.path(), QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString file = files.next();
        if (file.endsWith(QLatin1String(".part")))
            found.append(QStringLiteral("half-made ") + file);
        if (file.endsWith(QLatin1String("/lock")) && FileLock::isHeld(file))
            found.append(QStringLiteral("held ") + file);
    }
    return found;
}

} // namespace boxgate::test
