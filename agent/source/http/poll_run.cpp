#include "agent/source/http/poll_run.hpp"

#include "agent/source/http/grant_list.hpp"

namespace jitgate {

namespace net = boost::asio;

PollRun::PollRun(net::any_io_executor executor, const HttpSourceConfig& config, std::shared_ptr<SourceSink> sink,
                 const HttpSourceTools& tools)
    : HttpRun(std::move(executor), config, std::move(sink), tools),
      loop_(config.interval, tools.max_entries, tools.jitter),
      max_body_(max_list(tools.max_entries)) {}

void PollRun::resync() {
  loop_.resync(clock().boot_now());
  wake();
}

net::awaitable<void> PollRun::run() {
  while (!stopped()) {
    const bool due = co_await pause_until(loop_.due());
    if (stopped()) co_return;
    if (!due) continue;
    const Result<void> polled = co_await poll();
    if (stopped()) co_return;
    if (polled) {
      tell_problem(std::nullopt);
    } else {
      tell_problem(describe(polled.error()));
    }
  }
}

net::awaitable<Result<void>> PollRun::poll() {
  loop_.asking();
  Result<std::optional<Delivery>> delivery = co_await ask();
  if (!delivery) co_return delivery.error();
  tell_contact();
  if (stopped() || !*delivery) co_return Result<void>();
  const Result<void> taken = co_await sink().deliver(std::move(**delivery));
  if (!stopped()) loop_.delivered(taken.has_value(), clock().boot_now());
  co_return taken;
}

net::awaitable<Result<std::optional<Delivery>>> PollRun::ask() {
  Result<HttpGet> what = question("application/json");
  if (!what) {
    loop_.failed(clock().boot_now());
    co_return what.error();
  }
  what->limits.body = max_body_;
  if (!loop_.etag().empty()) what->fields.emplace_back("If-None-Match", loop_.etag());
  const Result<HttpAnswer> answer = co_await client().get(std::move(*what));
  if (stopped()) co_return std::optional<Delivery>();
  if (!answer) {
    loop_.failed(clock().boot_now());
    co_return answer.error();
  }
  co_return loop_.answered(*answer, clock().boot_now(), clock().wall_now());
}

}  // namespace jitgate
