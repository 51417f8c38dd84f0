#pragma once

#include "core/base/paths.h"
#include "core/base/taskscope.h"
#include "core/image/registry/pullprogress.h"

#include <QObject>

#include <memory>

namespace boxgate {

class Pull;

/// When an image is got from its registry.
enum class PullPolicy
{
    Missing, ///< when it is not on this machine
    Always, ///< whether the registry has another one by that name by now is asked in any case
    Never
};

struct PullRequest
{
    /// Plain HTTP for this once, whatever the settings say.
    enum class Scheme
    {
        AsSet,
        PlainHttp
    };

    QString name; ///< as it was typed
    PullPolicy policy = PullPolicy::Missing;
    QString architecture; ///< as OCI writes it: "amd64"; empty: this machine's
    Scheme scheme = Scheme::AsSet;
};

struct PulledImage
{
    /// What the pull has changed.
    enum class Change
    {
        None, ///< it was here already
        Pulled
    };

    ImageRef ref; ///< with the registry that it was found in
    QString digest; ///< of the manifest; empty for a builtin image
    Change change = Change::None;
};

/// Makes sure that an image is on this machine: the one way to a pull for CLI and desktop. A name without a
/// registry is looked for in the registries of the settings, in their order.
///
/// Thread: the main thread. Lifetime: one run(); outlives it.
class ImagePull : public QObject
{
    Q_OBJECT

public:
    ImagePull(const Paths &paths, const PullRequest &request);
    ~ImagePull() override;

    /// Errors   InvalidArgument: no image's name, or the settings; NotFound: it is nowhere, or not here and
    /// Never; those
    ///          of Pull::run()
    Async<PulledImage> run();

    /// Ends run() soon, with Cancelled. What has come stays, and the next pull goes on from there.
    void cancel();

    PullProgress progress() const;

Q_SIGNALS:
    void progressed();

private:
    Async<PulledImage> pullFirst(QList<ImageRef> candidates);
    Async<PulledImage> pullOne(ImageRef ref);

    const Paths m_paths;
    const PullRequest m_request;
    std::unique_ptr<Pull> m_pull;
    PullProgress m_last;
    bool m_isCancelled = false;
};

/// Reads "linux/arm64" or "arm64".
/// Errors   InvalidArgument: no such platform, or another system than Linux
Result<QString> architectureFromPlatform(const QString &platform);

} // namespace boxgate
