#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/config/source_config.hpp"
#include "agent/http_client/bearer_token_file.hpp"
#include "agent/http_client/http_client.hpp"
#include "agent/source/http/http_source.hpp"
#include "agent/source/source_sink.hpp"

namespace jitgate {

/// What is under way for an http source. Its coroutines keep it, and end soon after stop(), which the source's end
/// calls; from then on the sink hears nothing, and the clock is not looked at.
class HttpRun : public std::enable_shared_from_this<HttpRun> {
 public:
  HttpRun(boost::asio::any_io_executor executor, HttpSourceConfig config, std::shared_ptr<SourceSink> sink,
          HttpSourceTools tools);
  virtual ~HttpRun() = default;
  HttpRun(const HttpRun&) = delete;
  HttpRun& operator=(const HttpRun&) = delete;

  void start();
  virtual void resync() = 0;
  virtual void stop();

 protected:
  /// Until stop().
  [[nodiscard]] virtual boost::asio::awaitable<void> run() = 0;

  void spawn(boost::asio::awaitable<void> work);
  /// False: woken before `due`, which may be another one by now.
  [[nodiscard]] boost::asio::awaitable<bool> pause_until(BootTime due);
  void wake() { pause_.cancel(); }
  /// A question to the server; fails where the token cannot be read.
  [[nodiscard]] Result<HttpGet> question(const std::string& media_type);
  void tell_contact();
  void tell_problem(std::optional<std::string> problem);

  [[nodiscard]] bool stopped() const { return stopped_; }
  [[nodiscard]] const Clock& clock() const { return tools_.clock; }
  [[nodiscard]] const boost::asio::any_io_executor& executor() const { return executor_; }
  [[nodiscard]] HttpClient& client() { return client_; }
  [[nodiscard]] SourceSink& sink() { return *sink_; }

 private:
  boost::asio::any_io_executor executor_;
  HttpSourceConfig config_;
  std::shared_ptr<SourceSink> sink_;
  HttpSourceTools tools_;
  HttpClient client_;
  std::optional<BearerTokenFile> token_;
  boost::asio::steady_timer pause_;
  std::optional<BootTime> last_contact_;
  std::optional<std::string> told_problem_;
  bool stopped_ = false;
};

}  // namespace jitgate
