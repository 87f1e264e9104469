#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "agent/store/sqlite_store.hpp"
#include "agent/store/store_observer.hpp"

namespace jitgate {

/// The thread that the store's work is done on, and its queue. Commits are taken together: all that wait when the
/// thread gets to them share one transaction, and so one fsync. Reads take turns with them, in slices where they are
/// long; so does the pruning of the audit trail. Idle, it does not wake.
class StoreWorker {
 public:
  /// Told the outcome of one commit, on the worker's thread. Called exactly once.
  class CommitWaiter {
   public:
    virtual ~CommitWaiter() = default;
    virtual void complete(Result<void> result) = 0;
  };

  /// Reading (or checking) something.
  class Read {
   public:
    virtual ~Read() = default;
    /// On the worker's thread. True: finished, and whoever waits has been told; false: call again, after the commits
    /// that have come meanwhile. `store` is the error when it cannot be opened.
    virtual bool step(const Result<SqliteStore*>& store) = 0;
  };

  explicit StoreWorker(std::string directory, StoreObserver observer = {});
  ~StoreWorker() { finish(); }
  StoreWorker(const StoreWorker&) = delete;
  StoreWorker& operator=(const StoreWorker&) = delete;

  /// Does what was given, ends the thread and closes the store. What is given afterwards fails. Not from the worker's
  /// thread.
  void finish();

  /// From any thread. A read sees every commit that was given before it.
  void commit(StoreChange change, std::unique_ptr<CommitWaiter> waiter);
  void read(std::unique_ptr<Read> read);

 private:
  struct Work {
    std::vector<StoreChange> changes;
    std::vector<std::unique_ptr<CommitWaiter>> waiters;  ///< parallel to `changes`
    std::unique_ptr<Read> read;
  };

  void run(std::stop_token stop);
  /// Blocks until there is something; nullopt when there is nothing more to come.
  [[nodiscard]] std::optional<Work> next(const std::stop_token& stop);
  void do_commits(Work& work);
  void do_read(std::unique_ptr<Read> read);
  void tell(SqliteStore& store);
  /// One step of pruning the audit trail.
  void tidy();
  void note_due();
  [[nodiscard]] Result<SqliteStore*> open_store();

  const std::string directory_;
  const StoreObserver observer_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<StoreChange> changes_;                    // guarded by mutex_
  std::vector<std::unique_ptr<CommitWaiter>> waiters_;  // guarded by mutex_
  std::deque<std::unique_ptr<Read>> reads_;             // guarded by mutex_
  bool finished_ = false;                               // guarded by mutex_

  std::optional<SqliteStore> store_;  // the worker thread's alone
  bool was_open_ = false;             // the worker thread's alone
  bool tidying_ = false;              // the worker thread's alone: something is to be pruned
  bool told_not_pruned_ = false;      // the worker thread's alone
  std::jthread thread_;               // last: it starts when everything else is there
};

}  // namespace jitgate
