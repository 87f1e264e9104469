#include "agent/store/store_worker.hpp"

#include <utility>

namespace jitgate {
namespace {

Error closed() {
  return error(errc::store_failed, "the store is closed");
}

}  // namespace

StoreWorker::StoreWorker(std::string directory, OnAuditHead on_audit_head)
    : directory_(std::move(directory)),
      on_audit_head_(std::move(on_audit_head)),
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

std::optional<StoreWorker::Work> StoreWorker::next(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  wake_.wait(lock, std::move(stop), [this] { return !changes_.empty() || !reads_.empty(); });
  if (changes_.empty() && reads_.empty()) return std::nullopt;
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
  }
  // Closed here: closing writes the log back, which is this thread's work.
  store_.reset();
}

void StoreWorker::do_commits(Work& work) {
  auto store = open_store();
  std::vector<Result<void>> results;
  if (store) {
    results = (*store)->apply(work.changes);
    tell_head(**store);
  } else {
    results.assign(work.changes.size(), store.error());
  }
  for (std::size_t i = 0; i < work.waiters.size(); ++i) work.waiters[i]->complete(std::move(results[i]));
}

void StoreWorker::tell_head(SqliteStore& store) {
  if (!on_audit_head_) return;
  const auto head = store.audit_head();
  if (!head || *head == told_ || head->sequence == 0) return;
  told_ = *head;
  on_audit_head_(told_);
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
    auto opened = SqliteStore::open(directory_, was_open_ ? MissingFile::refuse : MissingFile::create);
    if (!opened) return opened.error();
    store_.emplace(std::move(*opened));
    was_open_ = true;
  }
  return &*store_;
}

}  // namespace jitgate
