#include "agent/source/http/subscribe_run.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "agent/model/duration.hpp"

namespace jitgate {

namespace net = boost::asio;
using SteadyClock = std::chrono::steady_clock;

SubscribeRun::SubscribeRun(net::any_io_executor executor, const HttpSourceConfig& config,
                           std::shared_ptr<SourceSink> sink, const HttpSourceTools& tools)
    : HttpRun(executor, config, std::move(sink), tools),
      loop_(tools.max_entries, tools.jitter),
      judged_(executor, SteadyClock::time_point::max()) {}

void SubscribeRun::resync() {
  loop_.resync(clock().boot_now());
  resyncing_ = true;
  client().abandon();
  wake();
}

void SubscribeRun::stop() {
  HttpRun::stop();
  judged_.cancel();
}

net::awaitable<void> SubscribeRun::run() {
  while (!stopped()) {
    const bool due = co_await pause_until(loop_.due());
    if (stopped()) co_return;
    if (!due) continue;
    resyncing_ = false;
    loop_.connecting();
    const Error why = co_await follow();
    if (stopped()) co_return;
    loop_.lost(clock().boot_now());
    while (delivering_ && !stopped()) co_await wait_for_judgement();
    if (stopped()) co_return;
    const std::optional<Error> not_taken = std::exchange(not_taken_, std::nullopt);
    if (!resyncing_) tell_problem(describe(not_taken ? *not_taken : why));
  }
}

net::awaitable<Error> SubscribeRun::follow() {
  Result<HttpGet> what = question("text/event-stream");
  if (!what) co_return what.error();
  what->fields.emplace_back("Cache-Control", "no-cache");
  if (!loop_.resume_from().empty()) what->fields.emplace_back("Last-Event-ID", loop_.resume_from());
  const Result<std::unique_ptr<HttpStream>> stream = co_await client().open(std::move(*what));
  if (!stream) co_return stream.error();
  if (stopped()) co_return Error{};
  if (const Result<void> opened = loop_.opened((*stream)->head(), clock().wall_now()); !opened)
    co_return opened.error();
  tell_contact();
  co_return co_await read_stream(**stream);
}

net::awaitable<Error> SubscribeRun::read_stream(HttpStream& stream) {
  const auto sync_by = SteadyClock::now() + SubscribeLoop::kLongestBeginning;
  for (;;) {
    const auto now = SteadyClock::now();
    if (loop_.awaits_sync() && now >= sync_by)
      co_return error(errc::unavailable, "the server has not said all that it has in " +
                                             to_short_duration(SubscribeLoop::kLongestBeginning));
    const auto deadline = now + loop_.longest_silence();
    const Result<std::string> bytes = co_await stream.read(deadline);
    if (stopped()) co_return Error{};
    if (!bytes && SteadyClock::now() >= deadline)
      co_return error(errc::unavailable,
                      "the server has been silent for " + to_short_duration(loop_.longest_silence()));
    if (!bytes) co_return bytes.error();
    if (bytes->empty()) co_return error(errc::unavailable, "the server has ended the stream");
    const Result<void> received = loop_.received(*bytes);
    // What was whole before the stream went wrong counts.
    deliver_what_waits();
    if (!received) co_return received.error();
    tell_contact();
    show_sync();
    while (loop_.is_full() && !stopped()) co_await wait_for_judgement();
    if (stopped()) co_return Error{};
  }
}

void SubscribeRun::deliver_what_waits() {
  if (delivering_ || !loop_.has_delivery()) return;
  delivering_ = true;
  spawn(deliver_all());
}

net::awaitable<void> SubscribeRun::deliver_all() {
  while (!stopped()) {
    std::optional<Delivery> delivery = loop_.take();
    if (!delivery) break;
    const Result<void> taken = co_await sink().deliver(std::move(*delivery));
    if (stopped()) co_return;
    loop_.delivered(taken.has_value());
    judged_.cancel();
    if (taken) {
      show_sync();
    } else {
      not_taken_ = taken.error();
      client().abandon();
    }
  }
  delivering_ = false;
}

net::awaitable<void> SubscribeRun::wait_for_judgement() {
  [[maybe_unused]] const auto [ignored] = co_await judged_.async_wait(net::as_tuple(net::use_awaitable));
}

void SubscribeRun::show_sync() {
  if (loop_.in_sync()) tell_problem(std::nullopt);
}

}  // namespace jitgate
