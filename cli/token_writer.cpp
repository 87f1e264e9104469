#include "cli/token_writer.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "agent/api/token_file.hpp"
#include "agent/model/utf8.hpp"

namespace jitgate::cli {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

Failure failed(const std::string& path) {
  const ExitCode code = errno == EACCES || errno == EPERM ? ExitCode::not_permitted : ExitCode::failed;
  return Failure{code, path + ": " + std::strerror(errno)};
}

/// 256 random bits behind a word by which scanners for leaked secrets can know it.
Outcome<std::string> random_token() {
  Digest bits;
  if (::getrandom(bits.bytes.data(), bits.bytes.size(), 0) != static_cast<ssize_t>(bits.bytes.size()))
    return failed("random bits");
  return "jitgate_" + to_hex(bits);
}

Outcome<std::string> present_text(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::string{};
  Result<std::string> text = read_private_file(path);
  if (text) return std::move(*text);
  return errno == EACCES ? failed(path) : Failure{ExitCode::failed, describe(text.error())};
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return ::fsync(fd) == 0;
}

/// The directory is locked by whoever replaces the file, so the fresh one's name is ours.
Outcome<ExitCode> replace(const std::string& path, const std::string& text, int directory) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (file.get() < 0) return failed(fresh);
  if (!write_all(file.get(), text) || ::rename(fresh.c_str(), path.c_str()) != 0) {
    const Failure why = failed(fresh);
    ::unlink(fresh.c_str());
    return why;
  }
  if (::fsync(directory) != 0) return failed(path);
  return ExitCode::done;
}

}  // namespace

Outcome<std::string> create_token(const std::string& path, const std::string& name, const std::string& role) {
  if (name.empty() || name.size() > 256 || !is_utf8(name) || has_control_characters(name) ||
      name.find_first_of("\"\\") != std::string::npos)
    return usage("the name must have 1 to 256 bytes without quotes, backslashes and control characters");
  const std::string parent = fs::path(path).parent_path().empty() ? "." : fs::path(path).parent_path().string();
  const Descriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || ::flock(directory.get(), LOCK_EX) != 0) return failed(parent);
  Outcome<std::string> text = present_text(path);
  if (!text) return text.error();
  const Outcome<std::string> token = random_token();
  if (!token) return token.error();
  if (!text->empty() && !text->ends_with('\n')) *text += '\n';
  *text += "- {name: \"" + name + "\", role: " + role + ", sha256: \"" + to_hex(sha256(*token)) + "\"}\n";
  // What the daemon would not take is not written: it would lock everybody out who has a token.
  if (const auto taken = parse_tokens(*text, path); !taken) return Failure{ExitCode::failed, describe(taken.error())};
  const Outcome<ExitCode> replaced = replace(path, *text, directory.get());
  if (!replaced) return replaced.error();
  return token;
}

}  // namespace jitgate::cli
