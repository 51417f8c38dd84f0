#pragma once

#include "core/base/result.h"

#include <QDateTime>
#include <QList>
#include <QString>

#include <chrono>
#include <optional>

namespace boxgate {

/// What runs the guest's instructions. Tcg is QEMU's own translation: works everywhere, and is slow.
enum class Accelerator
{
    Kvm,
    Hvf,
    Whpx,
    Tcg
};

/// "kvm", "hvf", "whpx", "tcg".
QString toString(Accelerator accelerator);
std::optional<Accelerator> acceleratorFromString(const QString &text);

/// An accelerator that this system may have. A device that opens proves nothing: only a boot does.
struct AcceleratorCandidate
{
    Accelerator accelerator = Accelerator::Tcg;
    bool present = false;
    QString obstacle; ///< when not present: why, one clause, such as "/dev/kvm does not exist"

    bool operator==(const AcceleratorCandidate &) const = default;
};

/// What a boot taught about an accelerator on this host.
struct AcceleratorExperience
{
    enum class Outcome
    {
        Works,
        Failed
    };

    Accelerator accelerator = Accelerator::Tcg;
    Outcome outcome = Outcome::Failed;
    QDateTime when; ///< UTC
    QString why; ///< with Failed: QEMU's line, or that the agent did not answer in time

    bool operator==(const AcceleratorExperience &) const = default;
};

/// What an experience holds for: another host kernel, QEMU or guest kernel deserves another try.
struct AcceleratorContext
{
    QString hostKernel; ///< uname -r
    QString qemuVersion;
    QString kernelIdentity; ///< HostCapabilities::kernelIdentity

    bool operator==(const AcceleratorContext &) const = default;
};

struct AcceleratorChoice
{
    Accelerator accelerator = Accelerator::Tcg;
    QString reason; ///< one sentence for `boxgate info`: why this one, and why not the faster one
    /// A failure may be the accelerator's: when the agent has not said hello within helloLimit, or QEMU exits
    /// before that, choose again, and remember the failure when the other one works. False for tcg, for one
    /// that has worked before, and for one the user demands.
    bool onTrial = false;
    std::chrono::milliseconds helloLimit{60'000}; ///< from QEMU's start

    bool operator==(const AcceleratorChoice &) const = default;
};

/// Decides which accelerator the next box starts with. Pure.
/// candidates   those of this system, the fastest first
/// experiences  those of the present context
/// demanded     BOXGATE_ACCEL: used whatever the rest says; empty is none
/// Errors   InvalidArgument: demanded is no accelerator of QEMU's
///          Unavailable: demanded is not present on this system
Result<AcceleratorChoice> chooseAccelerator(const QList<AcceleratorCandidate> &candidates,
                                            const QList<AcceleratorExperience> &experiences,
                                            const QString &demanded);

/// The candidates of this system, in order: kvm, then tcg.
QList<AcceleratorCandidate> acceleratorCandidates();

/// What boots have taught, in a JSON file (Paths::acceleratorMemory()) that runners share: each write
/// replaces the whole file atomically under a lock. A damaged file counts as empty: the cost is one more
/// trial.
class AcceleratorMemory
{
public:
    explicit AcceleratorMemory(const QString &path);

    QList<AcceleratorExperience> experiences(const AcceleratorContext &context) const;

    /// Replaces what was known of that accelerator in that context; does not write what is known already.
    /// Errors   the system's: the start goes on without
    Result<void> remember(const AcceleratorContext &context, const AcceleratorExperience &experience) const;

    /// Forgets everything: the next start tries the fastest accelerator again.
    Result<void> forget() const;

private:
    QString m_path;
};

} // namespace boxgate
