#include "tests/source_server/tool_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

extern char** environ;

namespace jitgate::testing_server {
namespace {

std::string find_program(const std::string& program) {
  for (const char* folder : {"/usr/bin/", "/bin/", "/usr/sbin/", "/sbin/", "/usr/local/bin/"}) {
    const std::string path = folder + program;
    if (::access(path.c_str(), X_OK) == 0) return path;
  }
  return {};
}

}  // namespace

ToolProcess::ToolProcess(const std::vector<std::string>& words) {
  const std::string path = find_program(words.at(0));
  std::array<int, 2> ends{};
  if (path.empty() || ::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot run " + words[0]);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], 1);
  ::posix_spawn_file_actions_adddup2(&files, ends[1], 2);
  const int failure = ::posix_spawn(&pid_, path.c_str(), &files, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::close(ends[1]);
  output_ = ends[0];
  if (failure == 0) return;
  ::close(output_);
  throw std::runtime_error("cannot run " + path);
}

ToolProcess::~ToolProcess() {
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  ::close(output_);
}

std::string ToolProcess::read_until(const std::string& text) {
  for (;;) {
    const auto at = written_.find(text);
    const auto line = at == std::string::npos ? at : written_.find('\n', at);
    if (line != std::string::npos) return written_.substr(0, line);
    std::array<char, 4096> bytes{};
    const ssize_t size = ::read(output_, bytes.data(), bytes.size());
    if (size <= 0) throw std::runtime_error("ended before it said \"" + text + "\": " + written_);
    written_.append(bytes.data(), static_cast<std::size_t>(size));
  }
}

bool ToolProcess::is_installed(const std::string& program) {
  return !find_program(program).empty();
}

}  // namespace jitgate::testing_server
