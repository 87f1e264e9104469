#pragma once

#include <cstdint>
#include <string_view>

namespace jitgate::signature {

/// Reads the data types of SSH (RFC 4251, section 5) from bytes that it views. A read that does not fit into what is
/// left fails, and so does every later one: a caller reads all fields, then asks ok() or done() once.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : left_(bytes) {}

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string_view string();
  /// A string without NUL, which would end it early for others.
  std::string_view text();
  /// The magnitude, big-endian, of a positive number in its shortest form: negative numbers, zero and needless leading
  /// zeros fail, so that there is one encoding of each number.
  std::string_view mpint();
  /// These bytes come next.
  void expect(std::string_view bytes);
  /// For what is well framed and still wrong.
  void fail() { failed_ = true; }

  [[nodiscard]] bool ok() const { return !failed_; }
  [[nodiscard]] std::string_view left() const { return left_; }
  [[nodiscard]] bool at_end() const { return left_.empty(); }
  /// Everything was read, and nothing is left.
  [[nodiscard]] bool done() const { return ok() && at_end(); }

 private:
  std::string_view take(std::size_t count);
  std::uint64_t number(std::size_t bytes);

  std::string_view left_;
  bool failed_ = false;
};

}  // namespace jitgate::signature
