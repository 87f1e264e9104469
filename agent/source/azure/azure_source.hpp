#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "agent/config/source_config.hpp"
#include "agent/http_client/proxy.hpp"
#include "agent/model/clock.hpp"
#include "agent/source/grant_source.hpp"
#include "agent/source/jitter.hpp"

namespace jitgate {

/// Polls a jitNetworkAccessPolicies resource of Azure for what it says about `host` (docs/azure-source.md). `clock`
/// must outlive the source; `sink` is kept as long as it is told something.
[[nodiscard]] std::unique_ptr<GrantSource> make_azure_source(boost::asio::any_io_executor executor,
                                                             AzureSourceConfig config, std::string host,
                                                             ProxySettings proxies, const Clock& clock, Jitter jitter,
                                                             std::shared_ptr<SourceSink> sink);

}  // namespace jitgate
