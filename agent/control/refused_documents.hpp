#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "agent/model/clock.hpp"
#include "agent/model/digest.hpp"

namespace jitgate {

/// Which refusals of documents are news, and which of those the audit has room for: a source that delivers the same
/// document for the same fault again and again is recorded once, and no source fills the trail.
class RefusedDocuments {
 public:
  static constexpr std::size_t kRemembered = 20'000;
  /// Of one source, within a minute.
  static constexpr std::size_t kRecorded = 200;

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

  enum class Record : std::uint8_t {
    whole,
    last,  ///< that those which follow are left out
    none
  };
  [[nodiscard]] Record admit(const std::string& source, BootTime now) {
    auto& minute = minutes_.try_emplace(source, Minute{now, 0}).first->second;
    if (now - minute.begun >= std::chrono::minutes(1)) minute = {now, 0};
    const std::size_t before = minute.count++;
    return before < kRecorded ? Record::whole : before == kRecorded ? Record::last : Record::none;
  }

 private:
  struct Minute {
    BootTime begun;
    std::size_t count;
  };
  std::map<std::pair<std::string, std::string>, Digest> seen_;
  std::map<std::string, Minute> minutes_;
};

}  // namespace jitgate
