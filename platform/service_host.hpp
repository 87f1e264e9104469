#pragma once

#include <functional>
#include <string>

namespace jitgate {

/// The service manager that runs us (systemd, the Windows SCM, or nobody).
class ServiceHost {
 public:
  virtual ~ServiceHost() = default;
  virtual void ready() = 0;
  virtual void reloading() = 0;
  virtual void stopping() = 0;
  /// One line for `systemctl status`.
  virtual void status(const std::string& text) = 0;
};

}  // namespace jitgate
