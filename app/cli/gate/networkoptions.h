#pragma once

#include "app/cli/argumentparser.h"
#include "core/model/networkspec.h"

namespace boxgate::cli {

/// The options by which `run` and `create` describe a box's network.
inline constexpr std::array NetworkOptions{
    OptionSpec{"network", 0, "open|allowlist|off", "What the box may reach (default open)"},
    OptionSpec{
        "allow-net", 0, "RULE",
        "Allow HOST, *.HOST, IP or CIDR, each with [:PORT[-PORT]][/tcp|/udp]; implies --network allowlist"},
    OptionSpec{"host-loopback", 0, "open|off|PORTS",
               "Services on this host's 127.0.0.1 the box reaches (default open)"},
    OptionSpec{"publish", 'p', "[[BIND:]HOST:]GUEST[/udp]",
               "Lead a port of this host into the box (default BIND 127.0.0.1, HOST any free port)"},
    OptionSpec{"dns-zone", 0, "NAME[=IP]|NAME:HOST=IP",
               "Answer HOST.NAME (HOST @: NAME itself) or, with NAME=IP, every name below NAME; repeats add"},
    OptionSpec{"limit", 0, "sent=RATE,received=RATE",
               "Bytes per second the box may send and receive at most, such as sent=1m"},
    OptionSpec{"capture", 0, nullptr,
               "Write the box's packets to a file from the start ('boxgate net capture')"},
    OptionSpec{"mtu", 0, "BYTES", "Largest packet of the box's network, 576 to 65520 (default 1500)"},
    OptionSpec{"network-file", 0, "FILE",
               "Take the network from this JSON specification; the other options add to it", Words::Files},
};

/// Reads the options into a specification and checks it whole.
/// Errors   InvalidArgument: the option and what is wrong with its value; those of --network-file's file
Result<NetworkSpec> readNetworkOptions(const Arguments &arguments);

/// Reads "open", "off" or ports such as "8081,5432" into the host loopback fields.
Result<void> readHostLoopback(const QString &text, NetworkSpec &network);

/// Bytes per second: "1m", "512k", "100000", with "/s" or without; "off" and "0" are 0, no limit. Units are
/// powers of 1024. Errors   InvalidArgument
Result<quint64> rateFromText(const QString &text);

/// Reads "sent=1m,received=512k"; what is not named stays.
Result<void> readLimits(const QString &text, RateLimits &limits);

/// Adds what a word says about a zone: "lab.test" makes it, "lab.test=10.0.0.9" sets its default address,
/// "lab.test:db=10.0.0.5" adds a record, "lab.test:@=10.0.0.1" one for the zone itself.
/// Errors   InvalidArgument
Result<void> addZone(const QString &word, QList<DnsZone> &zones);

} // namespace boxgate::cli
