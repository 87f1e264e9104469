#include "tests/unit/signature/ssh_keygen.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace jitgate::signature {
namespace {

std::string as_verify_time(WallTime at) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  std::tm fields{};
  ::gmtime_r(&seconds, &fields);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%d%H%M%SZ", &fields);
  return std::string("verify-time=") + text;
}

class FileActions {
 public:
  FileActions() { ::posix_spawn_file_actions_init(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  ~FileActions() { ::posix_spawn_file_actions_destroy(&actions_); }
  void open(int fd, const std::string& path, int flags) {
    ::posix_spawn_file_actions_addopen(&actions_, fd, path.c_str(), flags, 0600);
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_;
};

}  // namespace

SshKeygen::SshKeygen() {
  ::setenv("SSH_SK_PROVIDER", JITGATE_SECURITY_KEY_PROVIDER, 1);
}

void SshKeygen::write(const std::string& name, std::string_view text) const {
  std::ofstream(path(name), std::ios::binary) << text;
}

std::string SshKeygen::read(const std::string& name) const {
  std::ostringstream text;
  text << std::ifstream(path(name), std::ios::binary).rdbuf();
  return text.str();
}

SshKeygen::Finished SshKeygen::run(const std::vector<std::string>& words, std::string_view input) const {
  write("stdin", input);
  FileActions files;
  files.open(0, path("stdin"), O_RDONLY);
  files.open(1, path("stdout"), O_WRONLY | O_CREAT | O_TRUNC);
  files.open(2, path("stderr"), O_WRONLY | O_CREAT | O_TRUNC);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  if (::posix_spawnp(&child, arguments[0], files.get(), nullptr, arguments.data(), environ) != 0)
    throw std::runtime_error("cannot run " + words[0]);
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("stdout")};
}

void SshKeygen::must(const std::vector<std::string>& words) const {
  if (run(words).status == 0) return;
  std::string line;
  for (const std::string& word : words) line += word + " ";
  throw std::runtime_error(line + "failed: " + read("stderr"));
}

void SshKeygen::make_key(const std::string& name, const std::string& type,
                         const std::vector<std::string>& options) const {
  std::vector<std::string> words{"ssh-keygen", "-q", "-t", type, "-N", "", "-C", "a key", "-f", path(name)};
  words.insert(words.end(), options.begin(), options.end());
  must(words);
}

std::string SshKeygen::public_key(const std::string& name) const {
  const std::string text = read(name + ".pub");
  return text.substr(0, text.find('\n'));
}

void SshKeygen::certify(const std::string& authority, const std::string& name,
                        const std::vector<std::string>& options) const {
  std::vector<std::string> words{"ssh-keygen", "-q", "-s", path(authority), "-I", "an id"};
  words.insert(words.end(), options.begin(), options.end());
  words.push_back(path(name + ".pub"));
  must(words);
}

std::string SshKeygen::sign(const std::string& key, std::string_view message, const std::string& name_space,
                            const std::vector<std::string>& options) const {
  std::vector<std::string> words{"ssh-keygen", "-Y", "sign", "-f", path(key), "-n", name_space};
  words.insert(words.end(), options.begin(), options.end());
  Finished finished = run(words, message);
  if (finished.status != 0) throw std::runtime_error("ssh-keygen -Y sign failed: " + read("stderr"));
  return finished.out;
}

bool SshKeygen::verifies(std::string_view allowed_signers, const std::string& principal, std::string_view message,
                         std::string_view signature, WallTime at, std::string_view revoked) const {
  write("allowed_signers", allowed_signers);
  write("signature", signature);
  std::vector<std::string> words{"ssh-keygen",      "-Y", "verify",  "-f", path("allowed_signers"), "-I",
                                 principal,         "-n", "jitgate", "-s", path("signature"),       "-O",
                                 as_verify_time(at)};
  if (!revoked.empty()) {
    write("revoked", revoked);
    words.insert(words.end(), {"-r", path("revoked")});
  }
  return run(words, message).status == 0;
}

}  // namespace jitgate::signature
