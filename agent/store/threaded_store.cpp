#include "agent/store/threaded_store.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <future>
#include <type_traits>
#include <utility>

#include "agent/store/portion_queue.hpp"
#include "agent/store/store_worker.hpp"

namespace jitgate {
namespace {

namespace asio = boost::asio;

// Some ten milliseconds: what a commit may have to wait behind.
constexpr std::size_t kAuditRowsAtOnce = 2'000;
constexpr std::size_t kSearchedAtOnce = 10'000;

/// Carries a result from the worker's thread to the coroutine that waits for it. Keeps the executor's context running
/// meanwhile.
template <class T, class Handler>
class Completion {
 public:
  Completion(asio::any_io_executor executor, Handler handler)
      : executor_(asio::prefer(executor, asio::execution::outstanding_work.tracked)), handler_(std::move(handler)) {}

  void operator()(Result<T> result) {
    asio::post(executor_, [handler = std::move(handler_), result = std::move(result)]() mutable {
      std::move(handler)(std::move(result));
    });
  }

 private:
  asio::any_io_executor executor_;
  Handler handler_;
};

template <class Done>
class PostedCommit final : public StoreWorker::CommitWaiter {
 public:
  explicit PostedCommit(Done done) : done_(std::move(done)) {}
  void complete(Result<void> result) override { done_(std::move(result)); }

 private:
  Done done_;
};

/// A read whose `work` maps the store to the result, nullopt for "call me again".
template <class T, class Work, class Done>
class PostedRead final : public StoreWorker::Read {
 public:
  PostedRead(Work work, Done done) : work_(std::move(work)), done_(std::move(done)) {}

  bool step(const Result<SqliteStore*>& store) override {
    std::optional<Result<T>> result = store ? work_(**store) : std::optional<Result<T>>(store.error());
    if (!result) return false;
    done_(std::move(*result));
    return true;
  }

 private:
  Work work_;
  Done done_;
};

class ThreadedStore final : public GrantStore {
 public:
  ThreadedStore(std::string directory, asio::any_io_executor executor, StoreObserver observer)
      : executor_(std::move(executor)),
        worker_(std::make_shared<StoreWorker>(std::move(directory), std::move(observer))) {}
  ~ThreadedStore() override { worker_->finish(); }

  Result<StoredState> load(const TakeGrants& take) override {
    PortionQueue portions;
    auto answer = start_read<StoredState>([put = TakeGrants([&portions](std::vector<GrantRecord> portion) {
                                             portions.put(std::move(portion));
                                           })](SqliteStore& store) { return std::optional(store.load(put)); },
                                          [&portions] { portions.close(); });
    while (auto portion = portions.next()) take(std::move(*portion));
    return answer.get();
  }

  Result<std::vector<PortUse>> port_use(WallTime since) override {
    return read_now<std::vector<PortUse>>([since](SqliteStore& store) { return std::optional(store.port_use(since)); });
  }

  asio::awaitable<Result<void>> commit(StoreChange change) override {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<void>)>(
        [worker = worker_, executor = executor_, change = std::move(change)](auto handler) mutable {
          using Done = Completion<void, decltype(handler)>;
          worker->commit(std::move(change), std::make_unique<PostedCommit<Done>>(Done(executor, std::move(handler))));
        },
        asio::use_awaitable);
  }

  asio::awaitable<Result<std::vector<GrantRecord>>> grants(GrantQuery query) override {
    return read<std::vector<GrantRecord>>(
        [query = std::move(query)](SqliteStore& store) { return std::optional(store.grants(query)); });
  }

  asio::awaitable<Result<std::vector<KnownId>>> known(std::vector<std::string> ids) override {
    return read<std::vector<KnownId>>(
        [ids = std::move(ids)](SqliteStore& store) { return std::optional(store.known(ids)); });
  }

  asio::awaitable<Result<AuditPage>> audit(AuditQuery query) override {
    return read<AuditPage>([progress = AuditProgress{.query = std::move(query)}](SqliteStore& store) mutable {
      return as_step(store.search_audit(progress, kSearchedAtOnce));
    });
  }

  asio::awaitable<Result<AuditSpan>> verify_audit(std::optional<AuditHead> noted) override {
    return read<AuditSpan>([progress = AuditCheck{.noted = noted}](SqliteStore& store) mutable {
      return as_step(store.check_audit(progress, kAuditRowsAtOnce));
    });
  }

 private:
  /// nullopt: there is more to do.
  template <class T>
  static std::optional<Result<T>> as_step(Result<std::optional<T>> done) {
    if (!done) return Result<T>(done.error());
    if (!*done) return std::nullopt;
    return Result<T>(std::move(**done));
  }

  template <class T, class Work>
  Result<T> read_now(Work work) {
    return start_read<T>(std::move(work), [] {}).get();
  }

  /// `finished` is called on the worker's thread before the result is there.
  template <class T, class Work, class Finished>
  std::future<Result<T>> start_read(Work work, Finished finished) {
    std::promise<Result<T>> promise;
    auto answer = promise.get_future();
    auto done = [promise = std::move(promise), finished](Result<T> result) mutable {
      finished();
      promise.set_value(std::move(result));
    };
    worker_->read(std::make_unique<PostedRead<T, Work, decltype(done)>>(std::move(work), std::move(done)));
    return answer;
  }

  template <class T, class Work>
  asio::awaitable<Result<T>> read(Work work) {
    return asio::async_initiate<const asio::use_awaitable_t<>, void(Result<T>)>(
        [worker = worker_, executor = executor_, work = std::move(work)](auto handler) mutable {
          using Done = Completion<T, decltype(handler)>;
          worker->read(
              std::make_unique<PostedRead<T, Work, Done>>(std::move(work), Done(executor, std::move(handler))));
        },
        asio::use_awaitable);
  }

  asio::any_io_executor executor_;
  // Shared with calls that have been made and not yet awaited: they fail when they start after this object is gone.
  std::shared_ptr<StoreWorker> worker_;
};

}  // namespace

std::unique_ptr<GrantStore> make_threaded_store(std::string directory, asio::any_io_executor executor,
                                                StoreObserver observer) {
  return std::make_unique<ThreadedStore>(std::move(directory), std::move(executor), std::move(observer));
}

}  // namespace jitgate
