#pragma once

#include <spdlog/common.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "agent/model/result.hpp"
#include "platform/service_host.hpp"
#include "platform/time_events.hpp"

namespace jitgate {

/// Who runs this process.
struct Supervisor {
  /// Made first, and outlives the service host. Throws boost::system::system_error when there can be no timers.
  std::function<std::unique_ptr<TimeEvents>(boost::asio::io_context&)> make_time_events;
  std::function<std::unique_ptr<ServiceHost>(boost::asio::io_context&)> make_service;
  spdlog::sink_ptr log;                        ///< where messages go
  std::function<void(const Error&)> complain;  ///< before a configuration says how to log
};

/// Runs the daemon until it is told to stop, on the calling thread. The exit status of the process.
[[nodiscard]] int serve(const std::string& config, const Supervisor& supervisor);

}  // namespace jitgate
