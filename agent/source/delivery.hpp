#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/model/policy.hpp"

namespace jitgate {

/// A document as its source carries it. Nothing of it has been judged.
struct DeliveredDocument {
  std::string key;       ///< what the source knows it by: a file's name, an entry's key. Unique within the source
  std::string document;  ///< the exact bytes
  std::optional<std::string> signature{};  ///< armored; nullopt: it came without
  friend bool operator==(const DeliveredDocument&, const DeliveredDocument&) = default;
};

/// What a source has to say at once.
struct Delivery {
  /// These are all documents that the source holds: what it held before and does not now is withdrawn. The first
  /// delivery of a source is a snapshot.
  bool snapshot = false;
  std::vector<DeliveredDocument> documents;  ///< new, or in the place of the one with this key
  std::vector<std::string> removed;          ///< keys that the source does not hold any more
  /// The ports that the source says this host's policy has. Heeded where policy.authority names the source.
  std::optional<std::vector<PolicyPort>> policy{};
  friend bool operator==(const Delivery&, const Delivery&) = default;
};

}  // namespace jitgate
