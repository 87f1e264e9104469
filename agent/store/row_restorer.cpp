#include "agent/store/row_restorer.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/model/result.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kWorthAThread = 1'000;  // some milliseconds of reading
constexpr std::size_t kMostThreads = 3;

RestoredGrants restore_rows(std::vector<GrantRow> rows) {
  RestoredGrants restored;
  restored.records.reserve(rows.size());
  for (GrantRow& row : rows) {
    const std::string id = row.id;
    auto record = restore_record(std::move(row));
    if (record) {
      restored.records.push_back(std::move(*record));
    } else {
      restored.damaged.push_back(id + ": " + describe(record.error()));
    }
  }
  return restored;
}

void append(RestoredGrants& all, RestoredGrants some) {
  std::ranges::move(some.records, std::back_inserter(all.records));
  std::ranges::move(some.damaged, std::back_inserter(all.damaged));
}

}  // namespace

void RowRestorer::add(GrantRow row) {
  waiting_.push_back(std::move(row));
  if (waiting_.size() < kWorthAThread) return;
  if (under_way_.size() == kMostThreads) collect_oldest();
  under_way_.push_back(
      std::async(std::launch::async | std::launch::deferred, restore_rows, std::exchange(waiting_, {})));
  waiting_.reserve(kWorthAThread);
}

void RowRestorer::collect_oldest() {
  append(restored_, under_way_.front().get());
  under_way_.pop_front();
}

RestoredGrants RowRestorer::finish() {
  auto last = restore_rows(std::exchange(waiting_, {}));
  while (!under_way_.empty()) collect_oldest();
  append(restored_, std::move(last));
  return std::exchange(restored_, {});
}

}  // namespace jitgate
