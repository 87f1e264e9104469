#include "agent/api/head_scan.hpp"

namespace jitgate {

HeadScan::Verdict HeadScan::scan(std::string_view bytes) {
  while (!complete_ && reason_.empty() && scanned_ < bytes.size()) {
    const char c = bytes[scanned_++];
    if (!accept(c)) return Verdict::malformed;
    last_ = c;
  }
  if (!reason_.empty()) return Verdict::malformed;
  return complete_ ? Verdict::complete : Verdict::incomplete;
}

bool HeadScan::accept(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (last_ == '\r' && c != '\n') {
    reason_ = "a carriage return without a line feed";
  } else if (c == '\n') {
    if (last_ != '\r') reason_ = "a line feed without a carriage return";
    complete_ = line_length_ == 0;
    line_length_ = 0;
  } else if (c == '\r') {
    if (scanned_ == 1) reason_ = "an empty line before the request";
  } else if (line_length_ == 0 && (c == ' ' || c == '\t')) {
    reason_ = "a line that begins with white space";
  } else if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
    reason_ = "a control character";
  } else {
    ++line_length_;
  }
  return reason_.empty();
}

}  // namespace jitgate
