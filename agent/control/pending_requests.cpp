#include "agent/control/pending_requests.hpp"

#include <algorithm>

namespace jitgate {
namespace {

bool asks_for_all_of(const Grant& newer, const Grant& older) {
  return std::ranges::all_of(older.ports, [&](const GrantPort& port) {
    return std::ranges::any_of(newer.ports, [&](const GrantPort& other) { return same_opening(port, other); });
  });
}

}  // namespace

WallTime decide_by(const PendingRequest& request, const Policy& policy) {
  const Grant& grant = request.record.grant;
  auto longest = kLongestDecision;
  auto fixed_end = WallTime::max();
  for (std::size_t i = 0; i < grant.ports.size(); ++i) {
    const auto& port = grant.ports[i];
    if (const auto* rule = policy.find(port.number, port.protocol)) longest = std::min(longest, rule->max_duration);
    if (!request.asked.lengths[i]) fixed_end = std::min(fixed_end, port.end);
  }
  if (longest > WallTime::max() - grant.start) return fixed_end;
  return std::min(grant.start + longest, fixed_end);
}

Grant approved(const PendingRequest& request, std::string approver, WallTime now) {
  Grant grant = request.record.grant;
  grant.approver = std::move(approver);
  grant.start = now;
  for (std::size_t i = 0; i < grant.ports.size(); ++i) {
    const auto& length = request.asked.lengths[i];
    if (length) grant.ports[i].end = *length > WallTime::max() - now ? WallTime::max() : now + *length;
  }
  return grant;
}

void PendingRequests::add(PendingRequest request) {
  auto id = request.record.grant.id;
  requests_.insert_or_assign(std::move(id), std::move(request));
}

std::optional<PendingRequest> PendingRequests::take(const std::string& id) {
  auto found = requests_.extract(id);
  if (!found) return std::nullopt;
  return std::move(found.mapped());
}

const PendingRequest* PendingRequests::find(const std::string& id) const {
  const auto found = requests_.find(id);
  return found == requests_.end() ? nullptr : &found->second;
}

std::vector<std::string> PendingRequests::replaced_by(const Grant& grant) const {
  std::vector<std::string> replaced;
  for (const auto& [id, request] : requests_) {
    const Grant& older = request.record.grant;
    if (id != grant.id && older.requestor == grant.requestor && asks_for_all_of(grant, older)) replaced.push_back(id);
  }
  return replaced;
}

std::optional<WallTime> PendingRequests::next_end(const Policy& policy) const {
  std::optional<WallTime> next;
  for (const auto& [id, request] : requests_) {
    const auto end = decide_by(request, policy);
    if (!next || end < *next) next = end;
  }
  return next;
}

}  // namespace jitgate
