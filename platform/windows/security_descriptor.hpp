#pragma once

#include <windows.h>

#include <memory>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// What a new object is protected with.
class SecurityDescriptor {
 public:
  /// `sddl`: learn.microsoft.com, "Security Descriptor String Format".
  [[nodiscard]] static Result<SecurityDescriptor> parse(const wchar_t* sddl);

  /// Borrows from this object. Handles are not inherited.
  [[nodiscard]] SECURITY_ATTRIBUTES attributes() const {
    return {sizeof(SECURITY_ATTRIBUTES), descriptor_.get(), FALSE};
  }

 private:
  explicit SecurityDescriptor(void* descriptor) : descriptor_(descriptor, &::LocalFree) {}
  std::unique_ptr<void, decltype(&::LocalFree)> descriptor_;
};

}  // namespace jitgate
