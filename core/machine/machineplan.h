#pragma once

#include "core/base/bytes.h"
#include "core/machine/accelerator.h"

#include <QList>
#include <QStringList>

#include <optional>

namespace boxgate {

struct BoxSpec;
struct HostCapabilities;

enum class Architecture
{
    X86_64,
    Arm64
};

/// This program's own. Guests have the host's architecture.
Architecture hostArchitecture();
/// "x86_64", "arm64".
QString toString(Architecture architecture);

/// QEMU's numbers of the descriptors it inherits; the plan names them, QemuProcess puts them there.
namespace machinedescriptor {
inline constexpr int Agent = 3;
inline constexpr int Qmp = 4;
inline constexpr int Network = 5;
} // namespace machinedescriptor

/// The guest's network card; its other end is the network engine's, behind machinedescriptor::Network.
struct MachineNetwork
{
    QString macAddress = QStringLiteral("5a:94:ef:e4:0c:ee");
    int mtu = 1500; ///< bytes

    bool operator==(const MachineNetwork &) const = default;
};

/// A folder of the host that the guest mounts by its tag over 9p.
struct MachineVolume
{
    QString tag;
    QString hostPath;
    bool readOnly = false; ///< enforced by the device

    bool operator==(const MachineVolume &) const = default;
};

/// Everything QEMU's command line depends on. Nothing in it comes from the guest.
struct MachinePlan
{
    QString name; ///< for process lists: "boxgate-<id>"
    Architecture architecture = Architecture::X86_64;
    Accelerator accelerator = Accelerator::Tcg;
    int cpus = 1;
    Bytes memory = Bytes::fromMebi(512);
    QString kernel;
    QString initramfs;
    int tscKilohertz = 0; ///< the host's, for tcg on x86-64; 0: unknown
    QString rootDisk; ///< a qcow2 overlay; /dev/vda of the guest
    std::optional<MachineNetwork> network; ///< none: no interface at all
    QList<MachineVolume> volumes;

    /// The plan of a box.
    /// id        of the box
    /// rootDisk  its overlay, already created
    static MachinePlan forBox(const BoxSpec &spec, const QString &id, const HostCapabilities &host,
                              Accelerator accelerator, const QString &rootDisk, const QString &initramfs);
};

/// The guest's name for its root disk: what Configure::rootDevice is to be.
inline constexpr const char *RootDevice = "/dev/vda";

/// The tag of the box's volume at that place of BoxSpec::mounts.
QString volumeTag(int index);

/// What QEMU is called with, without the program's name. Pure.
/// The agent's port, QMP and the network are inherited descriptors (machinedescriptor), so that there is no
/// socket file that another user could connect to; the guest's console is standard output.
QStringList qemuArguments(const MachinePlan &plan);

} // namespace boxgate
