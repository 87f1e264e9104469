#pragma once

#include <windows.h>

#include <memory>

namespace jitgate {

/// Owns what CloseServiceHandle closes: the service manager, or a service.
class ServiceHandle {
 public:
  explicit ServiceHandle(SC_HANDLE handle) : handle_(handle, &::CloseServiceHandle) {}
  explicit operator bool() const { return handle_ != nullptr; }
  [[nodiscard]] SC_HANDLE get() const { return handle_.get(); }

 private:
  std::unique_ptr<SC_HANDLE__, decltype(&::CloseServiceHandle)> handle_;
};

}  // namespace jitgate
