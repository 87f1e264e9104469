#pragma once

#include <windows.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace jitgate {

/// The identifier of an account or group (learn.microsoft.com, "Security Identifiers").
class Sid {
 public:
  explicit Sid(PSID copied);

  /// Of "S-1-5-32-544" without asking anybody; of a name ("DOMAIN\\ann", "Administrators") by asking this host or its
  /// domain, which may take long: the system remembers answers for minutes (LsaLookupCacheExpireTime). nullopt: nobody
  /// has that name, or whoever knows does not answer.
  [[nodiscard]] static std::optional<Sid> of(const std::string& name);
  [[nodiscard]] static Sid well_known(WELL_KNOWN_SID_TYPE type);

  [[nodiscard]] PSID get() const { return const_cast<std::byte*>(bytes_.data()); }
  [[nodiscard]] std::string text() const;  ///< "S-1-5-18"
  /// "DOMAIN\\name"; the SID where it has no name.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] bool is(WELL_KNOWN_SID_TYPE type) const;

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace jitgate
