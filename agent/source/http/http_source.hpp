#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <memory>

#include "agent/config/source_config.hpp"
#include "agent/http_client/proxy.hpp"
#include "agent/model/clock.hpp"
#include "agent/source/grant_source.hpp"
#include "agent/source/jitter.hpp"

namespace jitgate {

/// What an http source works with.
struct HttpSourceTools {
  const Clock& clock;                ///< outlives the source
  Jitter jitter = random_jitter();   ///< between 0 and 1
  ProxySettings proxies{};           ///< proxies_of_environment()
  std::size_t max_entries = 10'000;  ///< that the server may hold: limits.grantsPerSource
};

/// A server of grants (docs/protocol.md), polled or subscribed to. `executor` is the event loop's.
[[nodiscard]] std::unique_ptr<GrantSource> make_http_source(boost::asio::any_io_executor executor,
                                                            const HttpSourceConfig& config,
                                                            std::shared_ptr<SourceSink> sink, HttpSourceTools tools);

}  // namespace jitgate
