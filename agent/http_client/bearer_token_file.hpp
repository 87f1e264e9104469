#pragma once

#include <optional>
#include <string>

#include "agent/model/result.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {

/// A file with one bearer token, as it is now: what is put in its place counts from the next request on.
class BearerTokenFile {
 public:
  explicit BearerTokenFile(std::string path) : path_(std::move(path)) {}

  /// Without the white space around it. Fails where the file cannot be used (read_secret_file()), or where it holds
  /// nothing, more than 16 KiB, or anything but visible ASCII characters.
  [[nodiscard]] Result<std::string> read();

 private:
  std::string path_;
  std::optional<FileStamp> stamp_;
  std::string token_;
};

}  // namespace jitgate
