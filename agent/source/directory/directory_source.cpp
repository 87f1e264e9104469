#include "agent/source/directory/directory_source.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

namespace jitgate {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// How long the loop is kept from others at once.
constexpr std::chrono::milliseconds kSlice{2};
constexpr std::size_t kNamesAtOnce = 256;
constexpr std::size_t kMostNames = 100'000;

/// What the coroutine keeps alive; the source itself may go at any time.
class Spool : public std::enable_shared_from_this<Spool> {
 public:
  Spool(asio::any_io_executor executor, DirectorySourceConfig config, bool needs_signature,
        std::shared_ptr<SourceSink> sink, WatchDirectory watch, SpoolLimits limits)
      : executor_(executor),
        config_(std::move(config)),
        needs_signature_(needs_signature),
        sink_(std::move(sink)),
        watch_(std::move(watch)),
        state_(needs_signature, config_.removal_revokes, limits),
        woken_(executor) {}

  void start() {
    // A source that has ended would never be missed: what cannot be handled ends the daemon.
    asio::co_spawn(
        executor_, [self = shared_from_this()] { return self->run(); },
        [](const std::exception_ptr& thrown) {
          if (thrown) std::rethrow_exception(thrown);
        });
  }

  void stop() {
    stopped_ = true;
    directory_.reset();
    woken_.cancel();
  }

  void start_over() {
    state_.start_over();
    woken_.cancel();
  }

 private:
  asio::awaitable<void> run() {
    slice_ends_ = Clock::now() + kSlice;
    while (!stopped_) {
      SpoolState::Step step = state_.next(Clock::now());
      tell_problem();
      if (stopped_) break;
      if (const auto* wait = std::get_if<SpoolState::Wait>(&step)) {
        co_await wait_until(wait->until);
      } else if (auto* delivery = std::get_if<SpoolState::Deliver>(&step)) {
        co_await deliver(std::move(delivery->delivery));
      } else if (std::holds_alternative<SpoolState::List>(step)) {
        co_await list();
      } else {
        look(step);
      }
      co_await give_way();
    }
  }

  void look(const SpoolState::Step& step) {
    if (const auto* entry = std::get_if<SpoolState::Read>(&step)) {
      const auto read = [this](const std::string& name, std::size_t limit) { return directory_->read(name, limit); };
      state_.read(entry->key, read_entry(entry->key, needs_signature_, read), Clock::now());
    } else if (std::holds_alternative<SpoolState::Open>(step)) {
      open();
    } else if (const auto checked = directory_->check()) {
      state_.checked(*checked, Clock::now());
      sink_->note_contact();
    } else {
      lose(checked.error());
    }
  }

  void open() {
    directory_.reset();
    auto opened = watch_(executor_, config_.path, [weak = weak_from_this()](const DirectoryChange& change) {
      if (const auto self = weak.lock()) self->note(change);
    });
    if (!opened) return lose(opened.error());
    directory_ = std::move(*opened);
    const auto checked = directory_->check();
    if (!checked) return lose(checked.error());
    state_.opened(*checked, Clock::now());
  }

  void lose(const Error& why) {
    directory_.reset();
    state_.lost(describe(why), Clock::now());
  }

  void note(const DirectoryChange& change) {
    switch (change.kind) {
      case DirectoryChange::Kind::entry:
        state_.changed(change.name);
        break;
      case DirectoryChange::Kind::directory:
        state_.unsettle();
        break;
      case DirectoryChange::Kind::lost:
        state_.start_over();
        break;
    }
    woken_.cancel();
  }

  asio::awaitable<void> list() {
    std::vector<std::string> names;
    directory_->rewind();
    for (;;) {
      auto some = directory_->next_names(kNamesAtOnce);
      if (some && names.size() + some->size() > kMostNames)
        some = error(errc::system_failed, "has more than " + std::to_string(kMostNames) + " entries", config_.path);
      if (!some) {
        lose(some.error());
        co_return;
      }
      if (some->empty()) break;
      std::ranges::move(*some, std::back_inserter(names));
      co_await give_way();
      if (stopped_) co_return;
    }
    state_.listed(names);
    sink_->note_contact();
  }

  asio::awaitable<void> deliver(Delivery delivery) {
    // Where there is always something to deliver, nothing else would tell.
    sink_->note_contact();
    if (stopped_) co_return;
    const Result<void> taken = co_await sink_->deliver(std::move(delivery));
    slice_ends_ = Clock::now() + kSlice;
    if (!stopped_) state_.delivered(taken.has_value(), Clock::now());
  }

  asio::awaitable<void> wait_until(SpoolState::Time until) {
    boost::system::error_code woken;
    woken_.expires_at(until);
    co_await woken_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    slice_ends_ = Clock::now() + kSlice;
  }

  asio::awaitable<void> give_way() {
    if (Clock::now() < slice_ends_) co_return;
    co_await asio::post(executor_, asio::use_awaitable);
    slice_ends_ = Clock::now() + kSlice;
  }

  void tell_problem() {
    auto problem = state_.problem();
    if (problem == told_) return;
    told_ = problem;
    sink_->note_problem(std::move(problem));
  }

  asio::any_io_executor executor_;
  DirectorySourceConfig config_;
  bool needs_signature_;
  std::shared_ptr<SourceSink> sink_;
  WatchDirectory watch_;
  SpoolState state_;
  std::unique_ptr<WatchedDirectory> directory_;
  std::optional<std::string> told_;
  asio::steady_timer woken_;
  Clock::time_point slice_ends_;
  bool stopped_ = false;
};

class DirectorySource final : public GrantSource {
 public:
  explicit DirectorySource(std::shared_ptr<Spool> spool) : spool_(std::move(spool)) {}
  ~DirectorySource() override { spool_->stop(); }

  void start() override { spool_->start(); }
  void resync() override { spool_->start_over(); }

 private:
  std::shared_ptr<Spool> spool_;
};

}  // namespace

std::unique_ptr<GrantSource> make_directory_source(asio::any_io_executor executor, DirectorySourceConfig config,
                                                   bool needs_signature, std::shared_ptr<SourceSink> sink,
                                                   WatchDirectory watch, SpoolLimits limits) {
  return std::make_unique<DirectorySource>(
      std::make_shared<Spool>(executor, std::move(config), needs_signature, std::move(sink), std::move(watch), limits));
}

}  // namespace jitgate
