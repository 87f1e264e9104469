#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "agent/api/api_server.hpp"
#include "agent/control/local_agent.hpp"
#include "agent/metrics/metrics_textfile.hpp"

namespace jitgate {

/// Metrics beside the API: `metrics.listen` and `metrics.textfile`. What is wrong with them is in the agent's status,
/// and nothing waits for it. `agent` and `context` outlive it.
class MetricsOutputs {
 public:
  MetricsOutputs(boost::asio::io_context& context, LocalAgent& agent);
  ~MetricsOutputs();
  MetricsOutputs(const MetricsOutputs&) = delete;
  MetricsOutputs& operator=(const MetricsOutputs&) = delete;

  /// Makes them as the agent's configuration has them now; what has not changed and works is left alone.
  void apply();
  void stop();

 private:
  void listen(const std::optional<ListenAddress>& address);
  void keep_file(const std::optional<std::string>& path);
  void note_file(const Result<void>& written);
  [[nodiscard]] std::string text();

  boost::asio::io_context& context_;
  LocalAgent& agent_;
  std::optional<ListenAddress> listening_;
  std::unique_ptr<ApiServer> server_;
  std::unique_ptr<MetricsTextfile> file_;
  bool file_failed_ = false;
};

}  // namespace jitgate
