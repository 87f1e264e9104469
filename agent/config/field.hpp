#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/problems.hpp"
#include "agent/config/yaml_node.hpp"
#include "agent/model/clock.hpp"

namespace jitgate {

/// A node with its path ("policy.ports[0].number") and the place where its faults are reported. Views both; copy
/// freely.
class Field {
 public:
  Field(const YamlNode& node, std::string path, Problems& problems)
      : node_(&node), path_(std::move(path)), problems_(&problems) {}

  [[nodiscard]] const YamlNode& node() const { return *node_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] Problems& problems() const { return *problems_; }
  [[nodiscard]] bool is_null() const { return node_->kind == YamlNode::Kind::null; }

  /// Reports "<what>; expected <expected>" here.
  void wrong(const std::string& what, const std::string& expected) const;
  /// Reports that this is understood but not supported by this version. `instead` says what to write.
  void not_supported(const std::string& instead = {}) const;

 private:
  const YamlNode* node_;
  std::string path_;
  Problems* problems_;
};

/// Each reader reports what is wrong and then gives nullopt; it never falls back to a default.

/// `true` or `false`, without quotes.
[[nodiscard]] std::optional<bool> read_boolean(const Field& field);
/// Decimal digits without quotes, in [min, max].
[[nodiscard]] std::optional<std::int64_t> read_integer(const Field& field, std::int64_t min, std::int64_t max);
/// A scalar of 1..max bytes without control characters. Numbers are taken as they are written; words that YAML reads as
/// a boolean or null must be quoted.
[[nodiscard]] std::optional<std::string> read_text(const Field& field, const std::string& expected, std::size_t max);
/// ISO 8601, in [min, max].
[[nodiscard]] std::optional<Duration> read_duration(const Field& field, Duration min, Duration max);
/// PATH_MAX of Linux without its terminating zero.
inline constexpr std::size_t kMaxPath = 4095;
/// An absolute path of at most `max` bytes.
[[nodiscard]] std::optional<std::string> read_path(const Field& field, std::size_t max = kMaxPath);
/// The elements of a list of min..max elements; nullopt when it is no such list.
[[nodiscard]] std::optional<std::vector<Field>> read_list(const Field& field, const std::string& expected,
                                                          std::size_t min, std::size_t max);

/// A-Z, a-z, 0-9, '.', '_' and '-' alone.
[[nodiscard]] bool is_plain_name(std::string_view text);

/// The text of a scalar, quoted or not; nullopt (nothing is reported) for anything else.
[[nodiscard]] std::optional<std::string_view> scalar_text(const Field& field);
/// "a mapping", "70000", "\"text\"": how a message names the value.
[[nodiscard]] std::string shown(const Field& field);

/// One of a few words.
template <class T>
[[nodiscard]] std::optional<T> read_choice(const Field& field,
                                           std::initializer_list<std::pair<std::string_view, T>> choices) {
  std::string expected;
  for (const auto& [word, value] : choices) {
    if (scalar_text(field) == word) return value;
    expected += (expected.empty() ? "" : " | ") + std::string(word);
  }
  field.wrong(shown(field) + " is not known", expected);
  return std::nullopt;
}

/// Keeps `target` when the value could not be read: its fault has been reported.
template <class T>
void assign(T& target, std::optional<T> value) {
  if (value) target = std::move(*value);
}

}  // namespace jitgate
