#include <spdlog/spdlog.h>

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "agent/api/roles.hpp"
#include "agent/daemon/local_api.hpp"
#include "platform/windows/account_lookup.hpp"

namespace jitgate {
namespace {

constexpr const char* kProblem = "api.socket";
constexpr std::chrono::seconds kAgain(1);

/// Shared with the timer's handler, which may run after whoever wanted the API is gone.
class Attempts : public std::enable_shared_from_this<Attempts> {
 public:
  Attempts(boost::asio::io_context& context, LocalAgent& agent, ApiOptions options,
           std::shared_ptr<AccountLookup> accounts)
      : context_(context),
        agent_(agent),
        options_(std::move(options)),
        accounts_(std::move(accounts)),
        timer_(context) {}

  void attempt() {
    if (stopped_) return;
    auto server = make_api_server(context_, agent_, options_);
    tell(server ? std::nullopt : std::optional(server.error()));
    if (server) {
      server_ = std::move(*server);
      return;
    }
    timer_.expires_after(kAgain);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code) { self->attempt(); });
  }

  void stop() {
    stopped_ = true;
    timer_.cancel();
    server_.reset();
    accounts_->stop();
  }

 private:
  /// The log hears of a change alone.
  void tell(const std::optional<Error>& why) {
    agent_.note_service_problem(kProblem, why ? std::optional(describe(*why)) : std::nullopt);
    if (why && !failing_) spdlog::error("the local API does not listen, and tries again: {}", describe(*why));
    if (!why && failing_) spdlog::info("the local API listens");
    failing_ = why.has_value();
  }

  boost::asio::io_context& context_;
  LocalAgent& agent_;
  ApiOptions options_;
  std::shared_ptr<AccountLookup> accounts_;
  boost::asio::steady_timer timer_;
  std::unique_ptr<ApiServer> server_;
  bool failing_ = false;
  bool stopped_ = false;
};

class PersistentApi final : public ApiServer {
 public:
  explicit PersistentApi(std::shared_ptr<Attempts> attempts) : attempts_(std::move(attempts)) { attempts_->attempt(); }
  ~PersistentApi() override { attempts_->stop(); }
  PersistentApi(const PersistentApi&) = delete;
  PersistentApi& operator=(const PersistentApi&) = delete;

  void stop() override { attempts_->stop(); }

 private:
  std::shared_ptr<Attempts> attempts_;
};

}  // namespace

Result<std::unique_ptr<ApiServer>> serve_local_api(boost::asio::io_context& context, LocalAgent& agent) {
  ApiOptions options;
  options.socket = agent.config().socket;
  auto accounts = std::make_shared<AccountLookup>(context.get_executor(), std::make_shared<AccountNames>());
  accounts->expect(groups_with_roles(agent.config().access));
  options.identify_later = [accounts](LocalHandle pipe, const std::vector<std::string>& groups) {
    return accounts->identify(pipe, groups);
  };
  return std::unique_ptr<ApiServer>(std::make_unique<PersistentApi>(
      std::make_shared<Attempts>(context, agent, std::move(options), std::move(accounts))));
}

}  // namespace jitgate
