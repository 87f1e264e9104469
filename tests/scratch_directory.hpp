#pragma once

#include <filesystem>
#include <random>
#include <stdexcept>
#include <string>

namespace jitgate {

/// A directory of the test's own, gone with it.
class ScratchDirectory {
 public:
  ScratchDirectory() {
    namespace fs = std::filesystem;
    std::random_device random;
    const auto name = "jitgate-test-" + std::to_string(random()) + "-" + std::to_string(random());
    path_ = (fs::temp_directory_path() / name).string();
    if (!fs::create_directory(path_)) throw std::runtime_error("the directory is there: " + path_);
    // Other users' programs reach the sockets in it.
    fs::permissions(path_, fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec |
                               fs::perms::others_read | fs::perms::others_exec);
  }
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace jitgate
