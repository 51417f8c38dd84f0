#pragma once

#include "core/model/netreport.h"

#include <memory>
#include <optional>

namespace boxgate::net {
class RuleIndex;
}

namespace boxgate {

/// Which of a list of rules would let a destination in: the data path's own matcher, for clients that hold
/// the rules alone. It knows no answers of a name server: a peer without a name is matched by its address.
/// Immutable; any thread.
class RuleMatcher
{
public:
    /// rules   those that cannot be enforced match nothing
    explicit RuleMatcher(const QStringList &rules);
    ~RuleMatcher();
    Q_DISABLE_COPY_MOVE(RuleMatcher)

    /// The rule's text.
    std::optional<QString> match(const NetPeer &peer) const;

private:
    QStringList m_rules; ///< by the index's numbers
    std::unique_ptr<net::RuleIndex> m_index;
};

} // namespace boxgate
