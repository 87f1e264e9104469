#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace jitgate {

/// Reads the bytes of a request head as they arrive and refuses what HTTP parsers disagree about, before one of them
/// sees it: bare CR, bare LF, folded lines (obs-fold, RFC 9112 5.2) and control characters (RFC 9110 5.5). Sans-I/O.
class HeadScan {
 public:
  enum class Verdict { incomplete, complete, malformed };

  /// `bytes`: everything received since the request began; only what is new is looked at.
  Verdict scan(std::string_view bytes);

  /// Why malformed: one sentence. Empty otherwise.
  [[nodiscard]] std::string_view reason() const { return reason_; }

 private:
  bool accept(char c);

  std::size_t scanned_ = 0;
  char last_ = 0;
  std::size_t line_length_ = 0;
  std::string_view reason_;
  bool complete_ = false;
};

}  // namespace jitgate
