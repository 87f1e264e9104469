// What the rules of others leave open: who accepted it, and what it means for one source.
#include <algorithm>
#include <array>
#include <cstdint>

#include "agent/control/audit_events.hpp"
#include "agent/control/local_agent.hpp"

namespace jitgate {

using boost::asio::awaitable;

namespace {

/// The ids of the live grants whose port and source are exactly this key.
std::vector<std::string> grants_of(const ActiveGrants& active, const AllowKey& key) {
  std::vector<std::string> ids;
  active.for_each([&](const GrantRecord& record) {
    for (std::size_t i = 0; i < record.states.size(); ++i) {
      const auto& opening = record.grant.ports[i];
      const auto covered = transports(opening.protocol);
      if (opening.number == key.port.number && opening.source == key.source &&
          std::ranges::find(covered, key.port.transport) != covered.end() &&
          record.states[i].status == Status::initiated) {
        ids.push_back(record.grant.id);
        break;
      }
    }
  });
  return ids;
}

/// RFC 1122 3.2.1.3, RFC 4291 2.5.3: never seen on a wire.
bool is_loopback(const AddressPrefix& source) {
  static const std::array known{AddressPrefix::of(std::array<std::uint8_t, 4>{127}, 8),
                                AddressPrefix::of(std::array<std::uint8_t, 16>{0, 0, 0, 0, 0, 0, 0, 0,  //
                                                                               0, 0, 0, 0, 0, 0, 0, 1},
                                                  128)};
  return std::ranges::any_of(known, [&source](const AddressPrefix& all) { return all.contains(source); });
}

/// A port is asked about by number alone, or by the name that the policy has for it, or by a part of that.
bool is_in(const Policy& policy, PortNumber number, Protocol protocol) {
  return std::ranges::any_of(policy.ports, [&](const PolicyPort& port) {
    return port.number == number && (contains(port.protocol, protocol) || contains(protocol, port.protocol));
  });
}

}  // namespace

Result<ExistingRulesReport> LocalAgent::existing_rules() {
  return parts_.backend.existing_rules(lock());
}

std::vector<ExposureStatus> LocalAgent::exposures_of(const std::vector<Exposure>& all, PortNumber number,
                                                     Protocol protocol) const {
  std::vector<ExposureStatus> exposures;
  const auto covered = transports(protocol);
  for (const Exposure& exposure : all) {
    if (exposure.port.number != number || std::ranges::find(covered, exposure.port.transport) == covered.end())
      continue;
    exposures.push_back(
        {exposure.port.transport, exposure.by, exposure.packets, exposure.sources, acknowledged_.has(exposure)});
  }
  return exposures;
}

Result<Explanation> LocalAgent::explain(const ExplainQuery& query) {
  parts_.backend.drain_events();
  Explanation explanation;
  const auto observed = parts_.backend.read();
  if (!observed) return observed.error();
  const auto ports = lock().ports;
  if (!std::ranges::binary_search(ports, query.port)) {
    explanation.verdict = Explanation::Verdict::not_locked;
    return explanation;
  }
  const auto others = existing_rules();
  if (!others) return others.error();
  for (const Exposure& exposure : others->exposures) {
    if (exposure.port != query.port) continue;
    explanation.observed.push_back(
        {exposure.port.transport, exposure.by, exposure.packets, exposure.sources, acknowledged_.has(exposure)});
  }
  if (!observed->present || !std::ranges::binary_search(observed->locked, query.port)) {
    explanation.verdict = Explanation::Verdict::not_enforcing;
    return explanation;
  }
  if (is_loopback(query.source)) {
    explanation.verdict = Explanation::Verdict::loopback;
    return explanation;
  }
  for (const AddressPrefix& prefix : config_.policy.always_allow) {
    if (!prefix.contains(query.source)) continue;
    explanation.verdict = Explanation::Verdict::always_allowed;
    explanation.entry = prefix;
    return explanation;
  }
  // The longest prefix first: the most particular entry is the one that is told.
  for (unsigned length = query.source.length() + 1; length-- > 0;) {
    const AllowKey key{AddressPrefix::of(query.source.bytes(), length), query.port};
    const auto left = parts_.backend.query(key);
    if (!left) return left.error();
    if (!*left) continue;
    explanation.verdict = Explanation::Verdict::granted;
    explanation.entry = key.source;
    explanation.remaining = **left;
    explanation.grants = grants_of(active_, key);
    return explanation;
  }
  return explanation;
}

awaitable<Result<void>> LocalAgent::acknowledge(Caller caller, PortNumber number, Protocol protocol) {
  const auto refuse = [&](Error why) {
    note_refusal(caller, "exposure.acknowledge", why, about(number, protocol));
    return why;
  };
  if (!is_in(config_.policy, number, protocol)) {
    co_return refuse(
        error(errc::not_found, "port " + std::to_string(number.value()) + " is not in the policy", "number"));
  }
  const auto others = existing_rules();
  if (!others) co_return refuse(others.error());
  const auto covered = transports(protocol);
  std::string what;
  for (const Exposure& exposure : others->exposures) {
    if (exposure.port.number != number || std::ranges::find(covered, exposure.port.transport) == covered.end())
      continue;
    acknowledged_.add(exposure);
    what += (what.empty() ? "" : ", ") + exposure.by;
  }
  if (what.empty()) {
    co_return refuse(
        error(errc::not_found, "nothing is known to leave port " + std::to_string(number.value()) + " open", "number"));
  }
  StoreChange change;
  change.settings[Acknowledgements::kSetting] = acknowledged_.text();
  change.audit.push_back(event(now(), "exposure.acknowledge", caller, about(number, protocol), what));
  recorder_.record(std::move(change));
  co_return Result<void>{};
}

}  // namespace jitgate
