#pragma once

#include <dirent.h>

#include <memory>
#include <string>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/linux/file_handle.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {

/// The reading half of a WatchedDirectory, whose functions these are.
class TrustedDirectory {
 public:
  [[nodiscard]] static Result<TrustedDirectory> open(const std::string& path);

  [[nodiscard]] int descriptor() const { return directory_.get(); }
  [[nodiscard]] Result<FileStamp> check() const;
  void rewind() { names_.reset(); }
  [[nodiscard]] Result<std::vector<std::string>> next_names(std::size_t most);
  [[nodiscard]] Result<std::string> read(const std::string& name, std::size_t limit) const;

 private:
  struct CloseStream {
    void operator()(DIR* stream) const { ::closedir(stream); }
  };

  TrustedDirectory(std::string path, FileHandle directory) : path_(std::move(path)), directory_(std::move(directory)) {}
  [[nodiscard]] Result<void> open_names();

  std::string path_;
  FileHandle directory_;
  std::unique_ptr<DIR, CloseStream> names_;
};

}  // namespace jitgate
