#pragma once

#include <climits>

#include "platform/linux/nft_admission.hpp"

/// The names of what table inet jitgate is made of; docs/security.md says what each is for.
namespace jitgate::nft {

inline constexpr const char* kTable = "jitgate";  ///< family inet
inline constexpr const char* kLockedSet = "locked";
inline constexpr const char* kDeniedCounter = "denied";
inline constexpr const char* kDeniedSet = "denied_ports";  ///< the same packets by (transport, port)

/// First on the input hook, before anybody else's chain, and last, after them. INT_MAX itself is connection tracking's.
inline constexpr const char* kFirst = "input";
inline constexpr int kFirstPriority = INT_MIN;
inline constexpr const char* kLast = "last";
inline constexpr int kLastPriority = INT_MAX - 1;
/// Published ports: after connection tracking (-200) and before any DNAT, and first on the forward hook.
inline constexpr const char* kArriving = "arriving";
inline constexpr int kArrivingPriority = -199;
inline constexpr const char* kPublished = "published";

/// Packets of sources that are found go to `allow` before the chains of others, which are told to let them pass, and to
/// `pass` after them.
inline constexpr const char* kAllow = "allow";
inline constexpr const char* kPass = "pass";
inline constexpr Lookup kAdmit{"admit", PortOf::packet, kAllow};
inline constexpr Lookup kAdmitRedirected{"admit_redirected", PortOf::connection, kAllow};
inline constexpr Lookup kAdmitLast{"admit_last", PortOf::packet, kPass};
inline constexpr Lookup kAdmitLastRedirected{"admit_last_redirected", PortOf::connection, kPass};
inline constexpr Lookup kAdmitPublished{"admit_published", PortOf::connection, kPass};

/// What rules of others let in: packets by (transport, port, chain bits), and by source.
inline constexpr const char* kExposedSet = "exposed";
inline constexpr const char* kExposedSources4 = "exposed4";
inline constexpr const char* kExposedSources6 = "exposed6";
/// New connections to a locked port that DNAT took elsewhere, while `forwarded` is off.
inline constexpr const char* kPublishedSet = "published";
/// Addresses of this host that were asked for on a locked port; filled by the packets themselves.
inline constexpr const char* kHostAddresses4 = "host4";
inline constexpr const char* kHostAddresses6 = "host6";
/// Likewise, addresses that are not of this host.
inline constexpr const char* kElsewhere4 = "elsewhere4";
inline constexpr const char* kElsewhere6 = "elsewhere6";

}  // namespace jitgate::nft
