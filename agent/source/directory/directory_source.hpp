#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "agent/config/source_config.hpp"
#include "agent/source/directory/spool_state.hpp"
#include "agent/source/grant_source.hpp"
#include "platform/watched_directory.hpp"

namespace jitgate {

/// watch_directory() of the system.
using WatchDirectory = std::function<Result<std::unique_ptr<WatchedDirectory>>(
    boost::asio::any_io_executor executor, const std::string& path, OnDirectoryChange on_change)>;

/// Delivers the signed grant files of a directory, and notices within moments what becomes of them
/// (docs/directory-source.md). The directory need not be there, or be trusted, yet. `sink` is kept as long as it is
/// told something.
[[nodiscard]] std::unique_ptr<GrantSource> make_directory_source(boost::asio::any_io_executor executor,
                                                                 DirectorySourceConfig config, bool needs_signature,
                                                                 std::shared_ptr<SourceSink> sink,
                                                                 WatchDirectory watch = watch_directory,
                                                                 SpoolLimits limits = {});

}  // namespace jitgate
