#pragma once

#include <string>

namespace jitgate::bench {

/// A network namespace of our own: nothing here touches the one that the program was started in. It is taken down with
/// everything in it when the last descriptor, socket and process are gone. Needs root.
class Network {
 public:
  /// A new one, with `lo` up. The calling thread is in it afterwards.
  Network();
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// Puts the calling thread into it.
  void enter() const;
  /// What ip(8) accepts as a namespace.
  [[nodiscard]] std::string path() const;

 private:
  int fd_ = -1;
};

}  // namespace jitgate::bench
