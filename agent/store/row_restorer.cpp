#include "agent/store/row_restorer.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "agent/model/result.hpp"

namespace jitgate {
namespace {

constexpr std::size_t kWorthAThread = 500;  // some milliseconds of reading
constexpr std::size_t kMostThreads = 8;     // reading goes on meanwhile, and is what the others wait for

}  // namespace

RowRestorer::Restored RowRestorer::restore(GrantRows rows) {
  Restored restored;
  restored.records.reserve(rows.rows().size());
  for (const GrantRows::Row& row : rows.rows()) {
    auto record = restore_record(rows, row);
    if (record) {
      restored.records.push_back(std::move(*record));
    } else {
      restored.damaged.push_back(std::string(rows.text(row.id)) + ": " + describe(record.error()));
    }
  }
  rows.clear();
  restored.emptied = std::move(rows);
  return restored;
}

void RowRestorer::added() {
  if (waiting_.rows().size() < kWorthAThread) return;
  while (!under_way_.empty() && (under_way_.size() == kMostThreads || oldest_is_ready())) give_oldest();
  GrantRows next;
  if (!emptied_.empty()) {
    next = std::move(emptied_.back());
    emptied_.pop_back();
  }
  under_way_.push_back(
      std::async(std::launch::async | std::launch::deferred, restore, std::exchange(waiting_, std::move(next))));
}

std::vector<std::string> RowRestorer::finish() {
  auto last = restore(std::exchange(waiting_, {}));
  while (!under_way_.empty()) give_oldest();
  give(std::move(last));
  return std::exchange(damaged_, {});
}

bool RowRestorer::oldest_is_ready() const {
  return under_way_.front().wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

void RowRestorer::give_oldest() {
  give(under_way_.front().get());
  under_way_.pop_front();
}

void RowRestorer::give(Restored restored) {
  emptied_.push_back(std::move(restored.emptied));
  std::ranges::move(restored.damaged, std::back_inserter(damaged_));
  if (!restored.records.empty()) take_(std::move(restored.records));
}

}  // namespace jitgate
