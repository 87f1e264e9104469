#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "agent/config/yaml_node.hpp"

namespace jitgate {

/// Deepest nesting that is read; the schema needs 5.
inline constexpr std::size_t kMaxYamlDepth = 16;

/// Most keys and values that are read. The largest policy has some 50,000; a file of nothing but commas takes seconds.
inline constexpr std::size_t kMaxYamlNodes = 65'536;

/// Why the text is no YAML that we read.
struct YamlFailure {
  Position at;
  std::string what;
};

/// Reads one YAML document of UTF-8 text. Anchors, aliases (a few lines of them expand to gigabytes), explicit tags,
/// keys that are not scalars, a second document, control characters, deep nesting and too many nodes are refused. An
/// empty document is a null node.
[[nodiscard]] std::variant<YamlNode, YamlFailure> parse_yaml(std::string_view text);

}  // namespace jitgate
