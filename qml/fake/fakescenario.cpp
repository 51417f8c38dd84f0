#include "qml/fake/fakescenario.h"

namespace boxgate {

namespace {

FakeBox make(int number, const QString &name, const QString &image, const QDateTime &createdAt)
{
    FakeBox box;
    box.summary.id = fakeId(number);
    box.summary.spec.name = name;
    box.summary.spec.image = ImageRef::parse(image).value_or(ImageRef());
    box.summary.createdAt = createdAt;
    return box;
}

void run(FakeBox &box, const QDateTime &since, TrafficPattern pattern, quint64 memoryMebi)
{
    box.pattern = pattern;
    box.summary.state = BoxState::Running;
    box.summary.stage = StartStage::Ready;
    box.summary.startedAt = since;
    box.summary.accelerator = QStringLiteral("kvm");
    box.summary.runnerPid = 4000 + qint64(memoryMebi);
    box.summary.usage = {.cpuPercent = pattern == TrafficPattern::Idle ? 0.4 : 17.0,
                         .memoryUsed = memoryMebi << 20,
                         .memoryTotal = box.summary.spec.memory.count(),
                         .diskUsed = 734003200,
                         .diskTotal = box.summary.spec.disk.count(),
                         .processes = 12};
    box.console = fakeConsole(box.summary.spec.name);
}

void end(FakeBox &box, ExitRecord::Kind kind, const QString &message, const QDateTime &startedAt, int seconds)
{
    ExitRecord record;
    record.kind = kind;
    record.message = message;
    record.startedAt = startedAt;
    record.endedAt = startedAt.addSecs(seconds);
    box.summary.state = record.isFailure() ? BoxState::Failed : BoxState::Stopped;
    box.summary.lastExit = record;
    box.console = fakeConsole(box.summary.spec.name);
}

FakeBox failedBox(const QDateTime &now)
{
    FakeBox box =
        make(5, QStringLiteral("fuzz-nightly"), QStringLiteral("debian:bookworm-slim"), now.addDays(-1));
    end(box, ExitRecord::Kind::StartFailed,
        QStringLiteral("The guest did not answer within 30 s: its root file system could not be mounted"),
        now.addSecs(-2400), 31);
    box.summary.lastExit->stage = StartStage::Booting;
    box.summary.lastExit->exitCode = 125;
    box.summary.lastExit->consoleTail = QStringLiteral(
        "[    0.412201] virtio_blk virtio1: [vda] 20971520 512-byte logical blocks (10.7 GB)\n"
        "[    0.437718] EXT4-fs (vda): VFS: Can't find ext4 filesystem\n"
        "[    0.438025] agent: mount /dev/vda on /newroot: Invalid argument\n"
        "[    0.438911] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100\n"
        "[    0.439410] ---[ end Kernel panic - not syncing ]---\n");
    return box;
}

QList<FakeBox> showcase(const QDateTime &now)
{
    FakeBox api = make(1, QStringLiteral("api-tests"), QStringLiteral("python:3.12-slim"), now.addDays(-3));
    api.summary.spec.memory = Bytes::fromGibi(2);
    api.summary.spec.cpus = 2;
    api.summary.spec.command = {QStringLiteral("pytest"), QStringLiteral("-x"), QStringLiteral("tests/api")};
    run(api, now.addSecs(-4980), TrafficPattern::Download, 611);

    FakeBox cache = make(2, QStringLiteral("build-cache"), QStringLiteral("golang:1.23"), now.addDays(-9));
    cache.summary.spec.network.mode = NetworkMode::Allowlist;
    cache.summary.spec.network.allowNet = {QStringLiteral("proxy.golang.org"),
                                           QStringLiteral("sum.golang.org"),
                                           QStringLiteral("*.github.com:443")};
    cache.summary.spec.network.hostLoopback = HostLoopback::Off;
    run(cache, now.addSecs(-93600), TrafficPattern::Chatty, 203);

    FakeBox fresh =
        make(3, QStringLiteral("calm-otter"), QStringLiteral("builtin/busybox"), now.addSecs(-300));

    FakeBox docs = make(4, QStringLiteral("docs-site"), QStringLiteral("node:22-alpine"), now.addDays(-2));
    docs.summary.spec.network.hostLoopback = HostLoopback::Ports;
    docs.summary.spec.network.hostLoopbackPorts = {8081};
    run(docs, now.addSecs(-1320), TrafficPattern::Bursts, 148);

    FakeBox eval =
        make(6, QStringLiteral("model-eval"), QStringLiteral("ghcr.io/acme/evals:2026-11"), now.addDays(-1));
    eval.summary.spec.network.mode = NetworkMode::Off;
    eval.summary.spec.memory = Bytes::fromGibi(4);
    run(eval, now.addSecs(-600), TrafficPattern::Idle, 1890);

    FakeBox push = make(7, QStringLiteral("release-upload"), QStringLiteral("alpine:3.20"), now.addDays(-1));
    run(push, now.addSecs(-7300), TrafficPattern::Upload, 64);

    FakeBox old = make(8, QStringLiteral("scratch"), QStringLiteral("alpine:3.20"), now.addDays(-20));
    end(old, ExitRecord::Kind::Requested, {}, now.addSecs(-90000), 5400);
    return {api, cache, fresh, docs, failedBox(now), eval, push, old};
}

QList<FakeBox> manyIdle(const QDateTime &now)
{
    QList<FakeBox> boxes;
    for (int i = 1; i <= 20; ++i) {
        const QString name = i == 7
            ? QStringLiteral("a-name-as-long-as-names-may-be-for-a-box-that-somebody-made-63")
            : QStringLiteral("idle-%1").arg(i, 2, 10, QLatin1Char('0'));
        FakeBox box = make(i, name, QStringLiteral("builtin/busybox"), now.addDays(-1));
        run(box, now.addSecs(-3600), TrafficPattern::Idle, 40);
        boxes.append(box);
    }
    return boxes;
}

HostListener listener(quint16 port, const QString &process, qint64 pid, const QString &service,
                      bool sensitive)
{
    HostListener one;
    one.address = QHostAddress(QHostAddress::LocalHost);
    one.port = port;
    one.processName = process;
    one.pid = pid;
    one.service = service;
    one.sensitive = sensitive;
    return one;
}

} // namespace

BoxId fakeId(int number)
{
    return BoxId::parse(
               QStringLiteral("%1b%2").arg(0, 9, 16, QLatin1Char('0')).arg(number, 2, 16, QLatin1Char('0')))
        .value_or(BoxId());
}

QList<FakeBox> fakeBoxes(FakeScenario scenario, const QDateTime &now)
{
    switch (scenario) {
    case FakeScenario::Showcase:
        return showcase(now);
    case FakeScenario::ManyIdle:
        return manyIdle(now);
    case FakeScenario::Empty:
        break;
    }
    return {};
}

QList<HostListener> fakeListeners()
{
    return {listener(631, QStringLiteral("cupsd"), 811, QStringLiteral("ipp"), false),
            listener(2375, QStringLiteral("dockerd"), 1204, QStringLiteral("docker"), true),
            listener(5432, QStringLiteral("postgres"), 1377, QStringLiteral("postgres"), true),
            listener(8081, QStringLiteral("python3"), 20411, {}, false),
            listener(9229, QStringLiteral("node"), 20888, {}, false)};
}

QByteArray fakeConsole(const QString &name)
{
    QByteArray text;
    text += "[    0.000000] Linux version 6.1.0 (boxgate) #1 SMP\r\n"
            "[    0.000000] Command line: console=hvc0 quiet no_timer_check\r\n"
            "[    0.318204] virtio_blk virtio1: [vda] 20971520 512-byte logical blocks (10.7 GB)\r\n"
            "[    0.402281] EXT4-fs (vda): mounted filesystem with ordered data mode\r\n";
    text += "[    0.511027] agent: root mounted, eth0 192.168.127.2/24, host name " + name.toUtf8() + "\r\n";
    text += "[    0.512960] agent: \x1b[32mready\x1b[0m\r\n";
    for (int i = 1; i <= 60; ++i)
        text +=
            QStringLiteral("tests/api/test_orders.py::test_case_%1 \x1b[32mPASSED\x1b[0m\n").arg(i).toUtf8();
    return text;
}

} // namespace boxgate
