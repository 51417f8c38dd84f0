#include "core/model/netreport.h"

#include <algorithm>
#include <array>

namespace boxgate {

namespace {

struct ReasonText
{
    GateReason reason;
    const char *word;
    const char *sentence;
    bool isAllowed;
};

constexpr std::array Reasons{
    ReasonText{GateReason::OpenMode, "open-mode", "the network is open", true},
    ReasonText{GateReason::HostAlias, "host-alias", "the host loopback setting allows it", true},
    ReasonText{GateReason::AddressRule, "address-rule", "a rule for its address allows it", true},
    ReasonText{GateReason::NameRule, "name-rule", "a rule for its name allows it", true},
    ReasonText{GateReason::OffMode, "off-mode", "the network is off", false},
    ReasonText{GateReason::AlwaysBlocked, "always-blocked",
               "link-local, loopback, multicast and box-internal addresses are always blocked", false},
    ReasonText{GateReason::HostAliasClosed, "host-alias-closed",
               "the host loopback setting is off, or does not include this port", false},
    ReasonText{GateReason::NameService, "name-service",
               "an allowlist blocks name services other than the box's own", false},
    ReasonText{GateReason::NoRule, "no-rule", "no rule allows it", false},
    ReasonText{GateReason::PortMap, "port-map", "it came through a published port", true},
    ReasonText{GateReason::Gateway, "gateway", "the gateway offers no such service", false},
    ReasonText{GateReason::ForeignName, "foreign-name",
               "the host that it asked for is not allowed at this address", false},
    ReasonText{GateReason::NoName, "no-name", "it did not say in time which host it wants", false},
    ReasonText{GateReason::TooMany, "too-many", "the box has too many connections or begins them too fast",
               false},
    ReasonText{GateReason::BadFrame, "bad-frame", "no honest guest sends such a packet", false},
};

const ReasonText &textOf(GateReason reason)
{
    const auto entry = std::find_if(Reasons.begin(), Reasons.end(),
                                    [reason](const ReasonText &text) { return text.reason == reason; });
    return entry != Reasons.end() ? *entry : Reasons.back();
}

struct TypeName
{
    int type;
    const char *name;
};

/// Source   IANA, DNS parameters, resource record types
constexpr std::array TypeNames{
    TypeName{1, "A"},      TypeName{2, "NS"},     TypeName{5, "CNAME"},   TypeName{6, "SOA"},
    TypeName{12, "PTR"},   TypeName{13, "HINFO"}, TypeName{15, "MX"},     TypeName{16, "TXT"},
    TypeName{28, "AAAA"},  TypeName{33, "SRV"},   TypeName{35, "NAPTR"},  TypeName{43, "DS"},
    TypeName{46, "RRSIG"}, TypeName{47, "NSEC"},  TypeName{48, "DNSKEY"}, TypeName{52, "TLSA"},
    TypeName{64, "SVCB"},  TypeName{65, "HTTPS"}, TypeName{99, "SPF"},    TypeName{252, "AXFR"},
    TypeName{255, "ANY"},  TypeName{257, "CAA"},
};

} // namespace

QString toString(GateReason reason) { return QString::fromLatin1(textOf(reason).word); }

std::optional<GateReason> gateReasonFromString(const QString &word)
{
    for (const ReasonText &text : Reasons) {
        if (word == QLatin1String(text.word))
            return text.reason;
    }
    return std::nullopt;
}

QString explain(GateReason reason) { return QString::fromLatin1(textOf(reason).sentence); }

bool isAllowed(GateReason reason) { return textOf(reason).isAllowed; }

QString NetPeer::label() const
{
    QString text = name.isEmpty() ? address : name;
    if (port != 0)
        text += u':' + QString::number(port);
    if (!protocol.isEmpty() && protocol != QLatin1String("tcp"))
        text += u'/' + protocol;
    return text;
}

QString dnsTypeName(int type)
{
    for (const TypeName &entry : TypeNames) {
        if (entry.type == type)
            return QString::fromLatin1(entry.name);
    }
    return QStringLiteral("TYPE%1").arg(type);
}

} // namespace boxgate
