#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace jitgate {

/// Where something stands in the file; both count from 1.
struct Position {
  std::size_t line = 1;
  std::size_t column = 1;
};

/// A YAML node with everything that is needed to judge it: its place, and whether a scalar was quoted. Duplicate keys
/// are still there.
struct YamlNode {
  enum class Kind { null, scalar, sequence, mapping };

  Kind kind = Kind::null;
  Position at;
  std::string text;             ///< of a scalar
  bool quoted = false;          ///< a scalar in quotes or in block form: text, whatever it looks like
  std::vector<YamlNode> keys;   ///< of a mapping: scalars, parallel to `items`
  std::vector<YamlNode> items;  ///< of a sequence, or the values of a mapping
};

}  // namespace jitgate
