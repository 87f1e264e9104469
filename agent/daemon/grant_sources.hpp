#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>

#include "agent/control/local_agent.hpp"
#include "agent/source/grant_source.hpp"

namespace jitgate {

/// The grant sources of the configuration, running: the one place that knows every type of them. Lives on the event
/// loop's thread; the agent is borrowed and outlives it.
class GrantSources {
 public:
  GrantSources(boost::asio::io_context& context, LocalAgent& agent);

  /// As the configuration of now says: new ones start, those that are configured otherwise are made anew, others go on.
  void apply();
  void stop() { running_.clear(); }

 private:
  struct Running {
    SourceConfig config;
    std::size_t limit;  ///< limits.grantsPerSource
    std::unique_ptr<GrantSource> source;
  };
  void resync_soon();

  boost::asio::io_context& context_;
  LocalAgent& agent_;
  std::map<std::string, Running> running_;  ///< by name
  std::shared_ptr<bool> resync_posted_;     ///< shared with what is posted, which may come when this is gone
};

}  // namespace jitgate
