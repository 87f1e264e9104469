#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "agent/model/digest.hpp"

namespace jitgate {

/// Which refusals of documents are in the audit already: a source that delivers the same document for the same fault
/// again and again is recorded once.
class RefusedDocuments {
 public:
  static constexpr std::size_t kRemembered = 20'000;

  /// True: this is news.
  bool add(const std::string& source, const std::string& key, const Digest& document, const std::string& why) {
    if (seen_.size() >= kRemembered) seen_.clear();  // at worst they are recorded once more
    const Digest fault = sha256(to_hex(document) + why);
    const auto [found, added] = seen_.try_emplace(std::pair(source, key), fault);
    if (added) return true;
    if (found->second == fault) return false;
    found->second = fault;
    return true;
  }

 private:
  std::map<std::pair<std::string, std::string>, Digest> seen_;
};

}  // namespace jitgate
