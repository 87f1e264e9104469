#include "agent/control/connection_keeper.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace jitgate {
namespace {

constexpr Duration kFirstCutRetry = std::chrono::seconds(1);
constexpr Duration kLongestCutRetry = std::chrono::minutes(1);

bool is_tcp(const Connection& connection) {
  return connection.transport == Transport::tcp;
}

bool belongs_to(const GrantPort& port, const Connection& connection) {
  const auto covered = transports(port.protocol);
  return port.number == connection.local_port && port.source.contains(connection.remote) &&
         std::ranges::find(covered, connection.transport) != covered.end();
}

/// What a policy calls this transport; those other than TCP and UDP are locked by "*" alone.
Protocol policy_protocol(Transport transport) {
  if (transport == Transport::tcp) return Protocol::tcp;
  return transport == Transport::udp ? Protocol::udp : Protocol::any;
}

}  // namespace

bool ConnectionKeeper::Cut::covers(const Connection& connection) const {
  return connection.transport == transport && belongs_to(port, connection);
}

ConnectionKeeper::ConnectionKeeper(ConnectionTracker* tracker, const ActiveGrants& active, const Clock& clock)
    : tracker_(tracker), active_(active), clock_(clock) {}

void ConnectionKeeper::use(const Policy& policy) {
  policy_ = policy;
  ports_ = policy.locked_ports();
}

Result<void> ConnectionKeeper::protect_existing() {
  if (tracker_ == nullptr) return {};
  auto connections = tracker_->list(ports_);
  if (!connections) return connections.error();
  // Those noted before are still existing, as far as they are still there.
  std::set<std::uint64_t> existing;
  for (const auto& connection : *connections) {
    if (existing_.contains(connection.cookie) || !of_a_grant(connection)) existing.insert(connection.cookie);
  }
  existing_ = std::move(existing);
  udp_existing_until_ = clock_.boot_now() + kUdpKeptAtMost;

  auto seeded = tracker_->seed(*connections);
  if (!seeded) return seeded.error();
  return {};
}

void ConnectionKeeper::judge_existing() {
  if (tracker_ == nullptr) return;
  if (!existing_.empty()) {
    const auto connections = tracker_->list(ports_);
    // Where they cannot be listed they are spared rather than cut by mistake.
    // A grant that has expired meanwhile, but is not ended yet, counts like one that is open.
    const auto granted = live_ports();
    for (const auto& connection : connections ? *connections : std::vector<Connection>{}) {
      const auto theirs = [&](const GrantPort& port) { return belongs_to(port, connection); };
      if (of_a_grant(connection) || std::ranges::any_of(granted, theirs)) existing_.erase(connection.cookie);
    }
  }
  existing_.merge(remembered_);
}

Result<void> ConnectionKeeper::mend() {
  if (tracker_ == nullptr) return {};
  auto connections = tracker_->list(ports_);
  if (!connections) return connections.error();
  std::erase_if(*connections, [this](const Connection& connection) { return !may_pass(connection); });
  auto seeded = tracker_->seed(*connections);
  if (!seeded) return seeded.error();
  return {};
}

void ConnectionKeeper::watch(std::function<void(Result<void>)> on_mended) {
  if (tracker_ == nullptr) return;
  tracker_->watch(ports_, [this, report = std::move(on_mended)] { report(mend()); });
}

bool ConnectionKeeper::ended(const Grant& grant, std::size_t port, WallTime ended_at) {
  if (tracker_ == nullptr) return false;
  const auto& ended = grant.ports[port];
  const PolicyPort* rule = policy_.find(ended.number, ended.protocol);
  if (rule == nullptr) return false;  // no longer locked: there is nothing to be kept out
  const auto now = clock_.boot_now();
  // A wall clock that was set back must not keep them longer than the policy's time from now.
  const auto elapsed = std::max(Duration::zero(), clock_.wall_now() - ended_at);
  bool pending = false;
  for (const auto transport : transports(ended.protocol)) {
    const auto after = cut_after(rule->on_expiry, transport);
    if (!after) continue;
    cuts_.insert({now + std::max(Duration::zero(), *after - elapsed), {{grant.id, port}, ended, transport}});
    pending = true;
  }
  return pending;
}

Result<std::size_t> ConnectionKeeper::terminate(const GrantPort& port) {
  if (tracker_ == nullptr) return std::size_t{0};
  return tracker_->terminate(allow_keys(port), [&](const Connection& connection) {
    return belongs_to(port, connection) && !admitted(connection) && !existed_before(connection);
  });
}

/// All in one look at the connections, however many grants end together.
Result<void> ConnectionKeeper::carry_out(const std::vector<Cut>& cuts) {
  if (tracker_ == nullptr) return {};
  std::vector<AllowKey> meant;
  for (const auto& cut : cuts) meant.push_back({cut.port.source, {cut.transport, cut.port.number}});
  // Judged by the policy of now: it may have been reloaded since the cut was planned.
  const auto due = [&](const Connection& connection) {
    const PolicyPort* rule = policy_.find(connection.local_port, policy_protocol(connection.transport));
    return rule != nullptr && cut_after(rule->on_expiry, connection.transport) && !may_pass(connection) &&
           std::ranges::any_of(cuts, [&](const Cut& cut) { return cut.covers(connection); });
  };
  const auto terminated = tracker_->terminate(meant, due);
  if (!terminated) return terminated.error();
  return {};
}

std::vector<GrantPortRef> ConnectionKeeper::advance() {
  const auto now = clock_.boot_now();
  const auto next = next_event();
  if (!next || *next > now) return {};
  const auto end = cuts_.upper_bound(now);
  std::vector<Cut> due;
  for (auto cut = cuts_.begin(); cut != end; ++cut) due.push_back(cut->second);
  if (const auto made = carry_out(due); !made) {
    // The kernel is out of memory, or cannot do it at all: what must be cut is tried again, not forgotten.
    const auto wait = failed_cut_ ? std::min(failed_cut_->wait * 2, kLongestCutRetry) : kFirstCutRetry;
    spdlog::error("connections that have to end could not be cut, trying again: {}", describe(made.error()));
    failed_cut_ = {made.error(), now, wait};
    return {};
  }
  failed_cut_.reset();
  cuts_.erase(cuts_.begin(), end);
  std::set<GrantPortRef> done;
  for (const auto& cut : due) done.insert(cut.ref);
  for (const auto& [time, cut] : cuts_) done.erase(cut.ref);
  return {done.begin(), done.end()};
}

std::optional<BootTime> ConnectionKeeper::next_event() const {
  if (cuts_.empty()) return std::nullopt;
  if (!failed_cut_) return cuts_.begin()->first;
  const auto again = failed_cut_->tried + failed_cut_->wait;
  const auto untried = cuts_.upper_bound(failed_cut_->tried);
  return untried == cuts_.end() ? again : std::min(again, untried->first);
}

std::optional<Error> ConnectionKeeper::cut_problem() const {
  return failed_cut_ ? std::optional(failed_cut_->why) : std::nullopt;
}

bool ConnectionKeeper::admitted(const Connection& connection) const {
  const auto always = [&](const AddressPrefix& prefix) { return prefix.contains(connection.remote); };
  return std::ranges::any_of(policy_.always_allow, always) ||
         active_.admits(connection.remote, {connection.transport, connection.local_port});
}

bool ConnectionKeeper::existed_before(const Connection& connection) const {
  if (connection.cookie == 0 || !existing_.contains(connection.cookie)) return false;
  return is_tcp(connection) || (udp_existing_until_ && clock_.boot_now() < *udp_existing_until_);
}

bool ConnectionKeeper::kept_by_a_later_cut(const Connection& connection) const {
  const auto now = clock_.boot_now();
  return std::ranges::any_of(cuts_,
                             [&](const auto& entry) { return entry.first > now && entry.second.covers(connection); });
}

bool ConnectionKeeper::of_a_grant(const Connection& connection) const {
  return admitted(connection) ||
         std::ranges::any_of(cuts_, [&](const auto& entry) { return entry.second.covers(connection); });
}

bool ConnectionKeeper::may_pass(const Connection& connection) const {
  if (admitted(connection) || existed_before(connection) || kept_by_a_later_cut(connection)) return true;
  // A TCP socket that is established was let in once; only a policy that cuts says otherwise.
  const PolicyPort* rule = policy_.find(connection.local_port, policy_protocol(connection.transport));
  return is_tcp(connection) && rule != nullptr && !cut_after(rule->on_expiry, Transport::tcp);
}

std::vector<GrantPort> ConnectionKeeper::live_ports() const {
  std::vector<GrantPort> ports;
  active_.for_each([&ports](const GrantRecord& record) {
    for (std::size_t i = 0; i < record.states.size(); ++i) {
      if (record.states[i].status == Status::initiated) ports.push_back(record.grant.ports[i]);
    }
  });
  return ports;
}

std::string ConnectionKeeper::remember_existing() const {
  boost::json::array cookies;
  for (const auto cookie : existing_) cookies.emplace_back(std::to_string(cookie));
  boost::json::object remembered{{"bootId", clock_.boot_id()}, {"cookies", std::move(cookies)}};
  if (udp_existing_until_) remembered["udpUntil"] = udp_existing_until_->time_since_epoch().count();
  return boost::json::serialize(remembered);
}

void ConnectionKeeper::restore_existing(std::string_view remembered) {
  boost::system::error_code failed;
  const auto value = boost::json::parse(remembered, failed);
  if (failed || !value.is_object()) return;
  const auto* boot = value.as_object().if_contains("bootId");
  const auto* cookies = value.as_object().if_contains("cookies");
  if (boot == nullptr || *boot != boost::json::value(clock_.boot_id()) || cookies == nullptr || !cookies->is_array())
    return;
  for (const auto& cookie : cookies->as_array()) {
    if (cookie.is_string()) remembered_.insert(std::strtoull(cookie.as_string().c_str(), nullptr, 10));
  }
  const auto* udp_until = value.as_object().if_contains("udpUntil");
  if (udp_until != nullptr && udp_until->is_int64() && !udp_existing_until_)
    udp_existing_until_ = BootTime(Duration(udp_until->as_int64()));
}

Result<TrackerLoad> ConnectionKeeper::load() const {
  if (tracker_ == nullptr) return TrackerLoad{};
  return tracker_->load();
}

}  // namespace jitgate
