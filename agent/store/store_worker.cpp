#include "agent/store/store_worker.hpp"

#include <utility>

namespace jitgate {
namespace {

Error closed() {
  return error(errc::store_failed, "the store is closed");
}

}  // namespace

StoreWorker::StoreWorker(std::string directory, StoreObserver observer)
    : directory_(std::move(directory)),
      observer_(std::move(observer)),
      thread_([this](std::stop_token stop) { run(std::move(stop)); }) {}

void StoreWorker::finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void StoreWorker::commit(StoreChange change, std::unique_ptr<CommitWaiter> waiter) {
  {
    const std::lock_guard lock(mutex_);
    if (!finished_) {
      changes_.push_back(std::move(change));
      waiters_.push_back(std::move(waiter));
    }
  }
  wake_.notify_one();
  if (waiter) waiter->complete(closed());
}

void StoreWorker::read(std::unique_ptr<Read> read) {
  {
    const std::lock_guard lock(mutex_);
    if (!finished_) reads_.push_back(std::move(read));
  }
  wake_.notify_one();
  if (read) (void)read->step(closed());
}

std::optional<StoreWorker::Work> StoreWorker::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, stop, [this] { return !changes_.empty() || !reads_.empty() || tidying_; });
  const bool tidy = tidying_ && !stop.stop_requested();
  if (changes_.empty() && reads_.empty() && !tidy) return std::nullopt;
  Work work{std::exchange(changes_, {}), std::exchange(waiters_, {}), nullptr};
  if (!reads_.empty()) {
    work.read = std::move(reads_.front());
    reads_.pop_front();
  }
  return work;
}

void StoreWorker::run(std::stop_token stop) {
  while (auto work = next(stop)) {
    if (!work->changes.empty()) do_commits(*work);
    if (work->read) do_read(std::move(work->read));
    if (tidying_) tidy();
  }
  // Closed here: closing writes the log back, which is this thread's work.
  store_.reset();
}

void StoreWorker::do_commits(Work& work) {
  auto store = open_store();
  std::vector<Result<void>> results;
  if (store) {
    results = (*store)->apply(work.changes);
    tell(**store);
  } else {
    results.assign(work.changes.size(), store.error());
  }
  for (std::size_t i = 0; i < work.waiters.size(); ++i) work.waiters[i]->complete(std::move(results[i]));
  if (store) note_due();
}

void StoreWorker::tell(SqliteStore& store) {
  const auto recorded = store.take_recorded();
  if (observer_.recorded && !recorded.empty()) observer_.recorded(recorded);
}

void StoreWorker::note_due() {
  const auto due = store_->prune_is_due();
  tidying_ = due && *due;
}

void StoreWorker::tidy() {
  tidying_ = false;
  const auto store = open_store();
  if (!store) return;
  const auto pruned = (*store)->prune();
  tell(**store);
  // What failed is tried again after the next commit, not at once.
  if (pruned) note_due();
  if (!pruned && !told_not_pruned_ && observer_.not_pruned) observer_.not_pruned(pruned.error());
  told_not_pruned_ = !pruned;
}

void StoreWorker::do_read(std::unique_ptr<Read> read) {
  if (read->step(open_store())) return;
  const std::lock_guard lock(mutex_);
  reads_.push_back(std::move(read));
}

Result<SqliteStore*> StoreWorker::open_store() {
  if (store_ && !store_->usable()) store_.reset();
  if (!store_) {
    // A file that was there and is gone takes ended ids with it: an empty one in its place would let them open again.
    auto opened =
        SqliteStore::open(directory_, was_open_ ? MissingFile::refuse : MissingFile::create, PageCheck::with_load);
    if (!opened) return opened.error();
    store_.emplace(std::move(*opened));
    was_open_ = true;
  }
  return &*store_;
}

}  // namespace jitgate
