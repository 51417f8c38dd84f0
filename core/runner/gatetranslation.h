#pragma once

#include "core/model/netreport.h"
#include "core/model/netsample.h"
#include "core/model/networkspec.h"
#include "net/engineconfig.h"
#include "net/report.h"

/// The network engine's words for the model's, and the other way round. Pure.
///
/// Texts that come from the guest (names) are made printable ASCII: what else they hold is escaped as \DDD.
/// Source   RFC 1035, 5.1
namespace boxgate {

net::PolicyConfig policyOf(const NetworkSpec &spec);
/// Without the ports: they are opened one by one, so that the one that cannot be is known.
net::EngineConfig engineConfigOf(const NetworkSpec &spec);
net::RateLimits limitsOf(const RateLimits &limits);
net::PortMap portMapOf(const PortMapping &mapping);

PortMapping toModel(const net::PortMap &map);
NetCounters toModel(const net::Counters &counters);
NetSample toModel(const net::Sample &sample);
NetFlow toModel(const net::FlowReport &report);
NetDestination toModel(const net::DestinationReport &report);
NetBlocked toModel(const net::BlockedReport &report);
NetDnsQuestion toModel(const net::DnsReport &report);
NetRuleUse toModel(const net::RuleReport &report);
NetPort toModel(const net::PortReport &report);
NetEvent toModel(const net::Event &event);
NetEventBatch toModel(const net::EventBatch &batch);
NetTest toModel(const net::TestReport &report);
/// Without the file.
NetCapture toModel(const net::CaptureReport &report);
/// Without the minute.
NetMinute toModel(const net::DestinationTotal &total);

} // namespace boxgate
