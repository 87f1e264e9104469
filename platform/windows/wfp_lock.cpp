#include "platform/windows/wfp_lock.hpp"

#include <algorithm>
#include <utility>

namespace jitgate::wfp {
namespace {

constexpr std::uint32_t kInUse = 0x8032000a;         // FWP_E_IN_USE
constexpr std::uint32_t kWrongSession = 0x8032000c;  // FWP_E_WRONG_SESSION

const Filter* find(const std::vector<Filter>& filters, const Guid& key) {
  const auto found = std::ranges::find(filters, key, &Filter::key);
  return found == filters.end() ? nullptr : &*found;
}

/// Done, or another's to undo: the rest of the transaction must not fail for it.
bool may_go_on(const Status& status) {
  return status.ok() || status.code() == kInUse || status.code() == kWrongSession;
}

bool is_as_wanted(const Installed& installed, const std::vector<Filter>& wanted) {
  const Filter* filter = find(wanted, installed.key);
  return filter != nullptr && installed.filter && equal(*installed.filter, *filter);
}

}  // namespace

Result<Engine*> LockSession::open() {
  if (engine_) return &*engine_;
  auto opened = Engine::open(SessionKind::persistent);
  if (!opened) return opened.error();
  engine_ = std::move(*opened);
  on_reopened_();
  return &*engine_;
}

Result<std::vector<Installed>> LockSession::filters() {
  auto session = open();
  if (!session) return session.error();
  auto found = (*session)->filters();
  if (found) return found;
  // The engine may have been restarted since.
  forget();
  session = open();
  if (!session) return session.error();
  return (*session)->filters();
}

Error LockSession::failed(const Status& status) {
  if (status.session_lost()) forget();
  return status.to_error();
}

Status install(Engine& engine, const std::vector<Filter>& wanted, const std::vector<Installed>& found,
               const IsDynamic& is_dynamic, bool rebuild) {
  // Before the transaction: whoever knows what is dynamic may be waiting for the engine.
  std::set<Guid> standing;
  std::vector<Guid> in_the_way;
  for (const Installed& one : found) {
    if (is_dynamic(one.key)) continue;
    if (!rebuild && is_as_wanted(one, wanted))
      standing.insert(one.key);
    else
      in_the_way.push_back(one.key);
  }
  Engine::Transaction transaction(engine);
  if (!transaction.begun().ok()) return transaction.begun();
  for (const Guid& key : in_the_way)
    if (const Status removed = engine.remove(key); !may_go_on(removed)) return removed;
  if (rebuild) {
    if (const Status removed = engine.remove_sublayer(); !may_go_on(removed)) return removed;
  }
  if (const Status added = engine.add_sublayer(); !added.ok()) return added;
  for (const Filter& filter : wanted) {
    if (standing.contains(filter.key)) continue;
    if (const Status added = engine.add(filter); !added.ok()) return added;
  }
  return transaction.commit();
}

bool intact(const std::vector<Installed>& found, const std::vector<Filter>& wanted, const IsDynamic& is_dynamic) {
  std::size_t standing = 0;
  for (const Installed& one : found) {
    if (is_dynamic(one.key)) continue;
    if (!is_as_wanted(one, wanted)) return false;
    ++standing;
  }
  return standing == wanted.size();
}

std::vector<std::string> strangers(const std::vector<Installed>& found, const std::vector<Filter>& wanted,
                                   const IsDynamic& is_dynamic) {
  std::vector<std::string> names;
  for (const Installed& one : found)
    if (!is_dynamic(one.key) && find(wanted, one.key) == nullptr) names.push_back(one.name);
  return names;
}

Removal remove_everything(Engine& engine, const std::vector<Installed>& found) {
  Engine::Transaction transaction(engine);
  Removal removal{transaction.begun()};
  if (!removal.status.ok()) return removal;
  for (const Installed& one : found) {
    removal.status = engine.remove(one.key);
    if (!may_go_on(removal.status)) return removal;
    if (!removal.status.ok()) removal.left.push_back("filter " + one.name);
  }
  removal.status = engine.remove_sublayer();
  if (!may_go_on(removal.status)) return removal;
  if (!removal.status.ok()) removal.left.push_back(describe(removal.status.to_error()));
  removal.status = transaction.commit();
  return removal;
}

std::map<std::uint64_t, TransportPort> ports_by_id(const std::vector<Installed>& found) {
  std::map<std::uint64_t, TransportPort> ports;
  for (const Installed& one : found) {
    if (!one.filter || one.filter->verdict != Verdict::block || one.filter->weight != band::kLock) continue;
    if (!one.filter->transport || one.filter->ports.size() != 1) continue;
    if (const auto number = PortNumber::from(one.filter->ports.front()))
      ports.emplace(one.id, TransportPort{*one.filter->transport, *number});
  }
  return ports;
}

}  // namespace jitgate::wfp
