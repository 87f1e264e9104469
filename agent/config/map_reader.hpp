#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/field.hpp"

namespace jitgate {

/// Reads a mapping key by key: it remembers which keys were asked for, and `done` reports all others as unknown. So a
/// new key is one line where it is read, and nothing is ever ignored. Duplicate keys are reported at once.
class MapReader {
 public:
  /// An empty value counts as an empty mapping: that is what a section becomes when all its lines are comments.
  /// Anything else that is no mapping is reported, and reads as empty.
  explicit MapReader(Field field);
  MapReader(const MapReader&) = delete;
  MapReader& operator=(const MapReader&) = delete;

  [[nodiscard]] const Field& field() const { return field_; }

  /// The value of an optional key.
  [[nodiscard]] std::optional<Field> get(std::string_view key);
  /// As get(); nullopt for an empty value too: it says what leaving the key out says.
  [[nodiscard]] std::optional<Field> get_unless_null(std::string_view key);
  /// The value of a key that must be there; reported when it is missing.
  [[nodiscard]] std::optional<Field> require(std::string_view key, const std::string& expected);
  /// Reports that `key` is missing, as `require` does.
  void report_missing(std::string_view key, const std::string& expected) const;
  /// A section that may be left out: then it reads as an empty value at the place of this mapping (the reader must
  /// outlive it).
  [[nodiscard]] Field section(std::string_view key);
  /// Every key of the mapping with its value, each once.
  [[nodiscard]] std::vector<std::pair<std::string, Field>> all();

  /// Reports the keys that nobody asked for. Call it last.
  void done();

 private:
  [[nodiscard]] std::string path_of(std::string_view key) const;
  void report_duplicates() const;

  Field field_;
  bool is_mapping_;
  YamlNode missing_;
  std::vector<std::string> known_;
};

}  // namespace jitgate
