#pragma once

#include <windows.h>

#include <utility>

namespace jitgate {

/// Owns what CloseHandle closes. Null and INVALID_HANDLE_VALUE, of which some functions return one and some the other,
/// are none.
class WindowsHandle {
 public:
  explicit WindowsHandle(HANDLE handle = nullptr) : handle_(handle == INVALID_HANDLE_VALUE ? nullptr : handle) {}
  WindowsHandle(WindowsHandle&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  WindowsHandle& operator=(WindowsHandle&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~WindowsHandle() {
    if (handle_ != nullptr) ::CloseHandle(handle_);
  }

  explicit operator bool() const { return handle_ != nullptr; }
  [[nodiscard]] HANDLE get() const { return handle_; }
  /// The handle is the caller's from now on.
  [[nodiscard]] HANDLE release() { return std::exchange(handle_, nullptr); }

 private:
  HANDLE handle_;
};

}  // namespace jitgate
