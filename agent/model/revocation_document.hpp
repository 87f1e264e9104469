#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "agent/model/digest.hpp"
#include "agent/model/grant.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Ends a grant early.
struct Revocation {
  std::string id;       ///< of the grant
  Digest digest;        ///< of the document's exact bytes
  StatusReason reason;  ///< what the grant is recorded to have ended for
  friend bool operator==(const Revocation&, const Revocation&) = default;
};

/// Parses `{"apiVersion": "jitgate/v1", "kind": "Revocation", "id": ..., "statusReason": ...}` as strictly as
/// parse_grant_document. `statusReason` is UserRequested, NewerRequestInitiated, PolicyChanged or Denied: a grant
/// expires by itself.
[[nodiscard]] Result<Revocation> parse_revocation_document(std::string_view bytes);

/// Either kind of document, by its `kind`.
[[nodiscard]] Result<std::variant<Grant, Revocation>> parse_document(std::string_view bytes);

}  // namespace jitgate
