#pragma once

#include <string>
#include <vector>

#include "agent/config/yaml_node.hpp"
#include "agent/model/result.hpp"

namespace jitgate {

/// Collects everything that is wrong with one file, so that it can be mended in one go.
class Problems {
 public:
  /// `file` is the name that messages begin with. Without one (what came over the API has no lines) a message is its
  /// text alone, and the key its target.
  explicit Problems(std::string file) : file_(std::move(file)) {}

  /// Adds "FILE:LINE:COLUMN: key: text". `key` is empty for the file as a whole.
  void add(Position at, const std::string& key, const std::string& text, errc code = errc::invalid_argument);

  [[nodiscard]] bool empty() const { return details_.empty(); }

  /// All of them as one error, in the order of the file. Precondition: not empty.
  [[nodiscard]] Error take();

 private:
  struct Problem {
    Position at;
    Error detail;
  };

  std::string file_;
  std::vector<Problem> details_;
  std::size_t not_shown_ = 0;
};

}  // namespace jitgate
