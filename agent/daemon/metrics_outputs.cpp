#include "agent/daemon/metrics_outputs.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/ip/address.hpp>

#include "agent/api/metrics_server.hpp"
#include "agent/metrics/prometheus.hpp"

namespace jitgate {
namespace {

constexpr const char* kListen = "metrics.listen";
constexpr const char* kTextfile = "metrics.textfile";

bool is_loopback(const std::string& address) {
  boost::system::error_code failed;
  const auto parsed = boost::asio::ip::make_address(address, failed);
  return !failed && parsed.is_loopback();
}

}  // namespace

MetricsOutputs::MetricsOutputs(boost::asio::io_context& context, LocalAgent& agent) : context_(context), agent_(agent) {
  agent_.on_event([this] {
    if (file_) file_->note_event();
  });
}

MetricsOutputs::~MetricsOutputs() {
  agent_.on_event(nullptr);
}

std::string MetricsOutputs::text() {
  return to_prometheus(agent_.status());
}

void MetricsOutputs::apply() {
  const MetricsConfig& wanted = agent_.config().metrics;
  listen(wanted.listen);
  keep_file(wanted.textfile);
}

void MetricsOutputs::listen(const std::optional<ListenAddress>& address) {
  if (server_ && address == listening_) return;
  server_.reset();
  listening_ = address;
  agent_.note_service_problem(kListen, std::nullopt);
  if (!address) return;
  auto server = make_metrics_server(context_, *address, [this] { return text(); });
  if (!server) {
    agent_.note_service_problem(kListen, describe(server.error()));
    return spdlog::error("{} is not as configured: {}", kListen, describe(server.error()));
  }
  server_ = std::move(*server);
  if (!is_loopback(address->address))
    spdlog::warn("{}: whoever reaches {} port {} may read which ports are locked", kListen, address->address,
                 address->port);
}

void MetricsOutputs::keep_file(const std::optional<std::string>& path) {
  if (file_ && path == file_->path()) return file_->note_event();
  file_.reset();
  note_file({});
  if (!path) return;
  file_ = std::make_unique<MetricsTextfile>(
      context_.get_executor(), *path, [this] { return text(); },
      [this](const Result<void>& written) { note_file(written); });
}

void MetricsOutputs::note_file(const Result<void>& written) {
  agent_.note_service_problem(kTextfile, written ? std::nullopt : std::optional(describe(written.error())));
  const bool failed = !written;
  if (failed && !file_failed_) spdlog::error("{}: {}", kTextfile, describe(written.error()));
  file_failed_ = failed;
}

void MetricsOutputs::stop() {
  server_.reset();
  file_.reset();
}

}  // namespace jitgate
