#include "agent/source/http/http_source.hpp"

#include <utility>

#include "agent/source/http/poll_run.hpp"
#include "agent/source/http/subscribe_run.hpp"

namespace jitgate {
namespace {

class HttpSource final : public GrantSource {
 public:
  explicit HttpSource(std::shared_ptr<HttpRun> run) : run_(std::move(run)) {}
  ~HttpSource() override { run_->stop(); }
  HttpSource(const HttpSource&) = delete;
  HttpSource& operator=(const HttpSource&) = delete;

  void start() override { run_->start(); }
  void resync() override { run_->resync(); }

 private:
  std::shared_ptr<HttpRun> run_;
};

}  // namespace

std::unique_ptr<GrantSource> make_http_source(boost::asio::any_io_executor executor, const HttpSourceConfig& config,
                                              std::shared_ptr<SourceSink> sink, HttpSourceTools tools) {
  std::shared_ptr<HttpRun> run;
  if (config.mode == HttpSourceMode::poll) {
    run = std::make_shared<PollRun>(executor, config, std::move(sink), tools);
  } else {
    run = std::make_shared<SubscribeRun>(executor, config, std::move(sink), tools);
  }
  return std::make_unique<HttpSource>(std::move(run));
}

}  // namespace jitgate
