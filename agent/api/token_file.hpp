#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/control/caller.hpp"
#include "agent/model/digest.hpp"
#include "agent/model/result.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {

/// One line of the tokens file. Without a digest it speaks of a client certificate with this common name.
struct TokenEntry {
  std::string name;
  Role role;
  std::optional<Digest> sha256;
};

/// Who a token or a certificate stands for.
struct TokenHolder {
  std::string name;
  RoleSet roles;
};

/// `[{name, role, sha256: "<hex>"}, {name, role, certificate: true}]`, strictly.
[[nodiscard]] Result<std::vector<TokenEntry>> parse_tokens(std::string_view yaml, std::string_view name);

/// In bytes.
inline constexpr std::size_t kMaxTokensFile = 256 * 1024;

/// An administrator has every role.
[[nodiscard]] RoleSet roles_of(Role role);

/// The file of `api.tokens`, as it is now: a change counts from the next question on. A file that cannot be used holds
/// nobody.
class TokenFile {
 public:
  explicit TokenFile(std::string path) : path_(std::move(path)) {}

  /// Why it cannot be used.
  [[nodiscard]] Result<void> check();
  /// Every entry is compared, whole, however the first ones turn out.
  [[nodiscard]] Result<TokenHolder> find_token(std::string_view token);
  /// By the common name of a certificate that was verified; the first entry for it counts.
  [[nodiscard]] Result<TokenHolder> find_certificate(std::string_view common_name);

 private:
  std::string path_;
  std::optional<FileStamp> stamp_;
  Result<std::vector<TokenEntry>> entries_ = std::vector<TokenEntry>{};
};

}  // namespace jitgate
