#include "tests/support/heldqemu.h"

#include "tests/support/realhome.h"

#include <QFile>

#include <csignal>

namespace boxgate::test {

namespace {

/// Its interpreter's name, under which it stands in the list of processes until it becomes QEMU.
const QString Shell = QStringLiteral("sh");

bool isStopped(qint64 pid)
{
    QFile status(QStringLiteral("/proc/%1/stat").arg(pid));
    const QByteArray fields = status.open(QIODevice::ReadOnly) ? status.readAll() : QByteArray();
    return fields.mid(fields.lastIndexOf(')') + 2, 1) == "T";
}

} // namespace

HeldQemu::HeldQemu(const RealHome &home)
    : m_home(home)
{
    QFile script(home.path() + QStringLiteral("/held-qemu"));
    if (!script.open(QIODevice::WriteOnly))
        qFatal("no script");
    script.write("#!/bin/sh\n[ \"$1\" = --version ] || kill -STOP $$\nexec qemu-system-x86_64 \"$@\"\n");
    script.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    qputenv("BOXGATE_QEMU", QFile::encodeName(script.fileName()));
}

HeldQemu::~HeldQemu() { qunsetenv("BOXGATE_QEMU"); }

qint64 HeldQemu::pid() const
{
    for (const qint64 pid : m_home.processes(Shell)) {
        if (isStopped(pid))
            return pid;
    }
    return 0;
}

void HeldQemu::letOn() const
{
    if (const qint64 held = pid())
        ::kill(pid_t(held), SIGCONT);
}

} // namespace boxgate::test
