#include "agent/daemon/grant_sources.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "agent/http_client/proxy.hpp"
#include "agent/source/azure/azure_source.hpp"
#include "agent/source/directory/directory_source.hpp"
#include "agent/source/http/http_source.hpp"
#include "agent/source/jitter.hpp"

namespace jitgate {
namespace {

/// Makes the source that a configuration describes. A new type of source is one more function here.
class SourceMaker {
 public:
  SourceMaker(boost::asio::io_context& context, LocalAgent& agent, const SourceConfig& source)
      : context_(context), agent_(agent), source_(source), sink_(agent.source_sink(source.name)) {}

  std::unique_ptr<GrantSource> operator()(const DirectorySourceConfig& config) const {
    return make_directory_source(context_.get_executor(), config, source_.needs_signature, sink_);
  }
  std::unique_ptr<GrantSource> operator()(const HttpSourceConfig& config) const {
    return make_http_source(
        context_.get_executor(), config, sink_,
        {agent_.clock(), random_jitter(), proxies_of_environment(), agent_.config().limits.grants_per_source});
  }
  std::unique_ptr<GrantSource> operator()(const AzureSourceConfig& config) const {
    // The configuration has it wherever it has such a source.
    const std::string host = agent_.config().host_id.value_or(std::string());
    return make_azure_source(context_.get_executor(), config, host, proxies_of_environment(), agent_.clock(),
                             random_jitter(), sink_);
  }

 private:
  boost::asio::io_context& context_;
  LocalAgent& agent_;
  const SourceConfig& source_;
  std::shared_ptr<SourceSink> sink_;
};

}  // namespace

GrantSources::GrantSources(boost::asio::io_context& context, LocalAgent& agent)
    : context_(context), agent_(agent), resync_posted_(std::make_shared<bool>(false)) {
  agent_.on_resync([this] { resync_soon(); });
}

void GrantSources::apply() {
  const auto& wanted = agent_.config().sources;
  const std::size_t limit = agent_.config().limits.grants_per_source;
  std::erase_if(running_, [&](const auto& running) {
    return running.second.limit != limit || std::ranges::find(wanted, running.second.config) == wanted.end();
  });
  for (const SourceConfig& source : wanted) {
    if (running_.contains(source.name)) continue;
    auto made = std::visit(SourceMaker(context_, agent_, source), source.settings);
    made->start();
    running_.emplace(source.name, Running{source, limit, std::move(made)});
  }
}

/// Not at once: who asks for it may be in the middle of a delivery of one of them.
void GrantSources::resync_soon() {
  if (std::exchange(*resync_posted_, true)) return;
  boost::asio::post(context_, [this, posted = std::weak_ptr(resync_posted_)] {
    const auto alive = posted.lock();
    if (!alive) return;
    *alive = false;
    for (auto& [name, running] : running_) running.source->resync();
  });
}

}  // namespace jitgate
