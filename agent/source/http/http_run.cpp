#include "agent/source/http/http_run.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "agent/source/http/problem_text.hpp"

namespace jitgate {

namespace net = boost::asio;

namespace {

constexpr Duration kBetweenContacts = std::chrono::seconds(1);

}  // namespace

HttpRun::HttpRun(net::any_io_executor executor, HttpSourceConfig config, std::shared_ptr<SourceSink> sink,
                 HttpSourceTools tools)
    : executor_(executor),
      config_(std::move(config)),
      sink_(std::move(sink)),
      tools_(std::move(tools)),
      client_(executor, tools_.proxies),
      pause_(executor) {
  if (config_.token_file) token_.emplace(*config_.token_file);
}

void HttpRun::start() {
  spawn(run());
}

void HttpRun::stop() {
  stopped_ = true;
  client_.cancel();
  pause_.cancel();
}

void HttpRun::spawn(net::awaitable<void> work) {
  net::co_spawn(executor_, std::move(work), [self = shared_from_this()](const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
  });
}

net::awaitable<bool> HttpRun::pause_until(BootTime due) {
  pause_.expires_after(std::max(due - clock().boot_now(), Duration::zero()));
  const auto [woken] = co_await pause_.async_wait(net::as_tuple(net::use_awaitable));
  co_return !woken;
}

Result<HttpGet> HttpRun::question(const std::string& media_type) {
  HttpGet what{.url = config_.url, .fields = {{"Accept", media_type}}, .tls = config_.tls};
  if (!token_) return what;
  Result<std::string> token = token_->read();
  if (!token) return token.error();
  what.bearer = std::move(*token);
  return what;
}

void HttpRun::tell_contact() {
  if (stopped_) return;
  const BootTime now = clock().boot_now();
  if (last_contact_ && now - *last_contact_ < kBetweenContacts) return;
  last_contact_ = now;
  sink_->note_contact();
}

void HttpRun::tell_problem(std::optional<std::string> problem) {
  if (stopped_) return;
  if (problem) problem = problem_text(std::move(*problem));
  if (problem == told_problem_) return;
  told_problem_ = problem;
  sink_->note_problem(std::move(problem));
}

}  // namespace jitgate
