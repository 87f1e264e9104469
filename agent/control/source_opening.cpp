// How the grants that a source delivers open: durable first, some hundred at a time. While some are being written,
// those before them open and those after them are judged.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <set>
#include <tuple>

#include "agent/control/source_desk.hpp"

namespace jitgate {

using boost::asio::awaitable;

namespace {

using OpeningKey = std::tuple<AddressPrefix, PortNumber, Protocol>;

/// Whether some of them ask for the same opening.
bool replaces_some(const std::vector<GrantRecord>& newer, const std::vector<GrantRecord>& older) {
  std::set<OpeningKey> asked;
  for (const GrantRecord& record : older) {
    for (const GrantPort& port : record.grant.ports) asked.emplace(port.source, port.number, port.protocol);
  }
  return std::ranges::any_of(newer, [&](const GrantRecord& record) {
    return std::ranges::any_of(record.grant.ports, [&](const GrantPort& port) {
      return asked.contains(OpeningKey{port.source, port.number, port.protocol});
    });
  });
}

}  // namespace

awaitable<Result<void>> SourceDesk::open_all(Intake& intake) {
  using boost::asio::experimental::awaitable_operators::operator&&;
  Opening durable;
  auto next = co_await next_opening(intake);
  while (next && !next->fresh.empty()) {
    Opening writing = std::move(*next);
    if (auto may = may_be_written(intake.source, writing); !may) {
      open(intake.source, std::move(durable));
      co_return may;
    }
    // What replaces one of those that are about to open has to see it open.
    if (replaces_some(writing.records, durable.records)) open(intake.source, std::exchange(durable, {}));
    intake.writing = quota_of(intake.source, writing);
    auto [written, chosen] = co_await (write(intake.source, writing) && open_and_go_on(intake, std::move(durable)));
    intake.writing = {};
    if (!written) co_return written;
    durable = std::move(writing);
    next = std::move(chosen);
  }
  open(intake.source, std::move(durable));
  if (!next) co_return next.error();
  co_return Result<void>{};
}

awaitable<Result<SourceDesk::Opening>> SourceDesk::open_and_go_on(Intake& intake, Opening durable) {
  open(intake.source, std::move(durable));
  co_return co_await next_opening(intake);
}

/// They were judged while others were written: what has changed meanwhile is seen before they are durable, and end an
/// id for good.
Result<void> SourceDesk::may_be_written(const SourceConfig& source, Opening& opening) {
  if (auto same = still_configured(source); !same) return same;
  if (auto ready = hooks_.can_open(); !ready) return ready;
  const auto refused = [this](const Candidate& candidate) { return !hooks_.judge(candidate.grant); };
  if (std::ranges::none_of(opening.fresh, refused)) return {};
  std::vector<Candidate> still;
  for (Candidate& candidate : opening.fresh) {
    const auto allowed = hooks_.judge(candidate.grant);
    if (allowed) {
      still.push_back(std::move(candidate));
    } else {
      refuse(source, candidate.key, candidate.grant.digest, allowed.error(), about(candidate.grant));
    }
  }
  opening = prepare(source, std::move(still));
  return {};
}

SourceDesk::Quota SourceDesk::quota_of(const SourceConfig& source, const Opening& writing) const {
  Quota quota;
  for (const GrantRecord& record : writing.records) count(source, record.grant, quota);
  return quota;
}

SourceDesk::Opening SourceDesk::prepare(const SourceConfig& source, std::vector<Candidate> fresh) {
  Opening opening;
  opening.fresh = std::move(fresh);
  StoreChange& change = opening.change;
  for (const Candidate& candidate : opening.fresh) {
    const Caller caller = source_caller(source.name, candidate.signer);
    GrantRecord& record = opening.records.emplace_back();
    record.grant = candidate.grant;
    record.document = candidate.document;
    record.source = source.name;
    for (const GrantPort& port : record.grant.ports) record.states.push_back(book_.fresh_state(port));
    change.add.push_back(record);
    change.claims.push_back({record.grant.id, source.name, true});
    change.audit.push_back(event(clock_.wall_now(), "grant.open", caller, about(candidate.grant),
                                 believed_because(candidate.grant, candidate.signer)));
  }
  return opening;
}

/// Ends what they replace, in the same transaction.
void SourceDesk::replace_older(const SourceConfig& source, Opening& opening) {
  for (std::size_t i = 0; i < opening.records.size(); ++i) {
    const GrantRecord& record = opening.records[i];
    for (const auto& ref : book_.replaced_by(record.grant, record.source)) {
      if (!opening.replaced.insert(ref).second) continue;
      opening.change.update.push_back(book_.ending(ref, StatusReason::newer_request_initiated));
      opening.change.audit.push_back(
          port_event(clock_.wall_now(), "grant.replace", source_caller(source.name, opening.fresh[i].signer),
                     book_.find(ref.grant_id)->grant, ref.port, StatusReason::newer_request_initiated));
    }
  }
}

/// Makes it durable. What is refused is nobody's to open: `opening` is empty then.
awaitable<Result<void>> SourceDesk::write(const SourceConfig& source, Opening& opening) {
  // Not earlier: what somebody else ends until now is recorded as they ended it.
  replace_older(source, opening);
  if (opening.fresh.empty()) co_return Result<void>{};
  auto written = co_await recorder_.commit(std::exchange(opening.change, {}));
  if (written || written.error().code != errc::conflict) co_return written;
  // Somebody used one of the ids meanwhile; the others are not to suffer from it.
  if (opening.fresh.size() > 1) co_return co_await write_singly(source, std::exchange(opening, {}));
  const Candidate& refused = opening.fresh[0];
  refuse(source, refused.key, refused.grant.digest, written.error(), about(refused.grant));
  opening = {};
  co_return Result<void>{};
}

awaitable<Result<void>> SourceDesk::write_singly(const SourceConfig& source, Opening opening) {
  for (Candidate& candidate : opening.fresh) {
    std::vector<Candidate> one;
    one.push_back(std::move(candidate));
    Opening single = prepare(source, std::move(one));
    if (auto may = may_be_written(source, single); !may) co_return may;
    if (single.fresh.empty()) continue;
    if (auto written = co_await write(source, single); !written) co_return written;
    open(source, std::move(single));
  }
  co_return Result<void>{};
}

/// They are durable. What opens is judged by what holds now: the policy may have changed, or the locks or the source
/// gone, while they were written.
void SourceDesk::open(const SourceConfig& source, Opening durable) {
  if (durable.records.empty()) return;
  const std::vector<GrantPortRef> replaced(durable.replaced.begin(), durable.replaced.end());
  for (const Candidate& candidate : durable.fresh) {
    remember(source.name, candidate.key, candidate.grant.id, candidate.grant.digest);
    claims_.add(source.name, candidate.grant.id);
  }
  auto ready = hooks_.can_open();
  if (find(source.name) == nullptr) ready = error(errc::refused, "its source is not configured any more");
  std::vector<GrantRecord> opening;
  // What each replaces is durable as ended, whether it opens or not.
  const auto replaced_by = [&](const GrantRecord& record) {
    auto of_record = book_.replaced_by(record.grant, record.source);
    std::erase_if(of_record, [&](const GrantPortRef& ref) { return !durable.replaced.contains(ref); });
    return of_record;
  };
  for (GrantRecord& record : durable.records) {
    const auto still = ready ? hooks_.judge(record.grant) : ready;
    if (still) {
      hooks_.opened(record);
      opening.push_back(std::move(record));
      continue;
    }
    claims_.remove(source.name, record.grant.id);
    refuse(source, record.grant.id, record.grant.digest, still.error(), about(record.grant));
    const auto of_record = replaced_by(record);
    book_.discard(std::move(record), of_record);
  }
  book_.open_all(std::move(opening), replaced);
  hooks_.rearm();
}

}  // namespace jitgate
