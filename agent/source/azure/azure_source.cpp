#include "agent/source/azure/azure_source.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>

#include "agent/http_client/bearer_token_file.hpp"
#include "agent/http_client/http_client.hpp"
#include "agent/source/azure/azure_loop.hpp"

namespace jitgate {
namespace {

namespace asio = boost::asio;

/// Suspended time counts for the loop and not for the timer: nothing is slept longer than this.
constexpr Duration kLongestSleep = std::chrono::minutes(1);

/// What the coroutine keeps alive; the source itself may go at any time.
class Poller : public std::enable_shared_from_this<Poller> {
 public:
  Poller(asio::any_io_executor executor, AzureSourceConfig config, std::string host, ProxySettings proxies,
         const Clock& clock, Jitter jitter, std::shared_ptr<SourceSink> sink)
      : executor_(executor),
        config_(std::move(config)),
        host_(std::move(host)),
        clock_(&clock),
        sink_(std::move(sink)),
        client_(executor, std::move(proxies)),
        loop_(config_.interval, std::move(jitter)),
        woken_(executor) {
    if (const auto* file = std::get_if<TokenFileCredential>(&config_.credential)) token_file_.emplace(file->path);
  }

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
    client_.cancel();
    woken_.cancel();
  }
  void resync() {
    loop_.resync();
    woken_.cancel();
  }

 private:
  asio::awaitable<void> run() {
    while (!stopped_) {
      AzureLoop::Step step = loop_.next(clock_->boot_now());
      if (const auto* wait = std::get_if<AzureLoop::Wait>(&step)) {
        co_await sleep_until(wait->until);
      } else if (auto* delivery = std::get_if<AzureLoop::Deliver>(&step)) {
        const Result<void> taken = co_await sink_->deliver(std::move(delivery->delivery));
        // What outlives this source is not asked any more.
        if (!stopped_) loop_.delivered(taken.has_value(), clock_->boot_now());
      } else if (std::holds_alternative<AzureLoop::GetToken>(step)) {
        co_await get_token();
      } else {
        co_await get_policy();
      }
      tell_problem();
    }
  }

  asio::awaitable<void> get_token() {
    Result<AzureToken> token = co_await fetch_token();
    if (!stopped_) loop_.got_token(std::move(token), clock_->boot_now());
  }

  asio::awaitable<Result<AzureToken>> fetch_token() {
    if (token_file_) {
      Result<std::string> text = token_file_->read();
      if (!text) co_return text.error();
      co_return AzureToken{std::move(*text)};
    }
    const auto& identity = std::get<ManagedIdentity>(config_.credential);
    const Result<HttpAnswer> answer = co_await client_.get(ask_for_token(identity, config_.endpoint));
    if (!answer) co_return error(errc::unavailable, "no token of the metadata service: " + describe(answer.error()));
    co_return read_token(*answer);
  }

  asio::awaitable<void> get_policy() {
    HttpGet what = ask_for_policy(config_);
    what.bearer = loop_.token();
    const Result<HttpAnswer> answer = co_await client_.get(std::move(what));
    if (stopped_) co_return;
    if (!answer) {
      loop_.failed("no answer of Resource Manager: " + describe(answer.error()), clock_->boot_now());
      co_return;
    }
    AzureAnswer judged = judge_answer(*answer, config_.resource_id, host_, clock_->wall_now());
    if (loop_.got_policy(std::move(judged), clock_->boot_now())) sink_->note_contact();
  }

  asio::awaitable<void> sleep_until(BootTime until) {
    boost::system::error_code woken;
    const Duration left = std::min(until - clock_->boot_now(), kLongestSleep);
    woken_.expires_after(std::chrono::ceil<std::chrono::milliseconds>(left));
    co_await woken_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }

  void tell_problem() {
    if (stopped_ || told_ == loop_.problem()) return;
    told_ = loop_.problem();
    sink_->note_problem(told_);
  }

  asio::any_io_executor executor_;
  AzureSourceConfig config_;
  std::string host_;
  const Clock* clock_;
  std::shared_ptr<SourceSink> sink_;
  HttpClient client_;
  std::optional<BearerTokenFile> token_file_;
  AzureLoop loop_;
  std::optional<std::string> told_;
  asio::steady_timer woken_;
  bool stopped_ = false;
};

class AzureSource final : public GrantSource {
 public:
  explicit AzureSource(std::shared_ptr<Poller> poller) : poller_(std::move(poller)) {}
  ~AzureSource() override { poller_->stop(); }

  void start() override { poller_->start(); }
  void resync() override { poller_->resync(); }

 private:
  std::shared_ptr<Poller> poller_;
};

}  // namespace

std::unique_ptr<GrantSource> make_azure_source(asio::any_io_executor executor, AzureSourceConfig config,
                                               std::string host, ProxySettings proxies, const Clock& clock,
                                               Jitter jitter, std::shared_ptr<SourceSink> sink) {
  return std::make_unique<AzureSource>(std::make_shared<Poller>(
      executor, std::move(config), std::move(host), std::move(proxies), clock, std::move(jitter), std::move(sink)));
}

}  // namespace jitgate
