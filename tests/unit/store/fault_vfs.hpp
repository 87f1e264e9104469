#pragma once

#include <atomic>
#include <cstdint>

namespace jitgate::test {

/// While it lives, SQLite reaches the disk through this: counts what is made durable, and fails when told to. One at a
/// time.
class FaultVfs {
 public:
  FaultVfs();
  ~FaultVfs();
  FaultVfs(const FaultVfs&) = delete;
  FaultVfs& operator=(const FaultVfs&) = delete;

  /// Every fsync says so, after the data have been written (as on a disk that loses its cache).
  static inline std::atomic<bool> fail_sync = false;
  /// Every write says that the disk is full.
  static inline std::atomic<bool> full = false;
  /// Every read says that the disk is broken.
  static inline std::atomic<bool> fail_read = false;
  /// fsyncs of the write-ahead log.
  static inline std::atomic<std::uint64_t> log_syncs = 0;
};

}  // namespace jitgate::test
