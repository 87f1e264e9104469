#include "cli/text_file.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

namespace jitgate::cli {
namespace {

constexpr std::uintmax_t kMaxFile = 1024 * 1024;

}  // namespace

Outcome<std::string> read_file(const std::string& path) {
  std::error_code code;
  if (!std::filesystem::is_regular_file(path, code)) return Failure{ExitCode::failed, path + ": no such regular file"};
  if (std::filesystem::file_size(path, code) > kMaxFile || code)
    return Failure{ExitCode::failed, path + ": larger than 1 MiB"};
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) return Failure{ExitCode::failed, path + ": cannot be read"};
  return content.str();
}

}  // namespace jitgate::cli
