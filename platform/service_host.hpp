#pragma once

#include <functional>
#include <string>

namespace jitgate {

/// The service manager that runs us (systemd, the Windows SCM, or nobody).
class ServiceHost {
 public:
  virtual ~ServiceHost() = default;
  /// From now on, on the event loop's thread: `on_stop` when we are to end, `on_reload` when the configuration is to be
  /// read again. What was asked for since this object was made is told too.
  virtual void watch(std::function<void()> on_stop, std::function<void()> on_reload) = 0;
  virtual void ready() = 0;
  virtual void reloading() = 0;
  virtual void stopping() = 0;
  /// One line for `systemctl status`.
  virtual void status(const std::string& text) = 0;
};

}  // namespace jitgate
