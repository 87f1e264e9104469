#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// How often the file is written: soon after something has happened, but not all the time; and now and then although
/// nothing has, because what the kernel counts tells of nothing, and because the file's age is how node_exporter shows
/// that whoever writes it is dead (node_textfile_mtime_seconds).
struct TextfilePace {
  std::chrono::milliseconds shortest = std::chrono::seconds(10);
  std::chrono::milliseconds longest = std::chrono::seconds(60);
};

/// Keeps a file for node_exporter's textfile collector, from its construction until its end, with which the file goes:
/// figures of a daemon that was stopped are nobody's. Files are written on a thread of its own, because a disk that
/// hangs must not hold up the event loop; everything else is the event loop's thread's.
class MetricsTextfile {
 public:
  /// `render` makes the content; `report` is told how each writing went.
  MetricsTextfile(boost::asio::any_io_executor executor, std::string path, std::function<std::string()> render,
                  std::function<void(Result<void>)> report, TextfilePace pace = {});
  ~MetricsTextfile();
  MetricsTextfile(const MetricsTextfile&) = delete;
  MetricsTextfile& operator=(const MetricsTextfile&) = delete;

  /// Something has happened. Cheap: the file is written in a later turn of the loop.
  void note_event();
  [[nodiscard]] const std::string& path() const;

 private:
  class Writer;
  std::shared_ptr<Writer> writer_;
};

}  // namespace jitgate
