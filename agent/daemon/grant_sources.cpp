#include "agent/daemon/grant_sources.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>

#include "agent/source/directory/directory_source.hpp"

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
  std::unique_ptr<GrantSource> operator()(const HttpSourceConfig&) const { return nullptr; }
  std::unique_ptr<GrantSource> operator()(const AzureSourceConfig&) const { return nullptr; }

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
  std::erase_if(running_, [&wanted](const auto& running) {
    return std::ranges::find(wanted, running.second.config) == wanted.end();
  });
  for (const SourceConfig& source : wanted) {
    if (running_.contains(source.name)) continue;
    auto made = std::visit(SourceMaker(context_, agent_, source), source.settings);
    made->start();
    running_.emplace(source.name, Running{source, std::move(made)});
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
