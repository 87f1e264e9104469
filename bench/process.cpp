#include "bench/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <stdexcept>

namespace jitgate::bench {
namespace {

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  for (const auto& word : words) all.push_back(const_cast<char*>(word.c_str()));
  all.push_back(nullptr);
  return all;
}

}  // namespace

void fail(const std::string& what) {
  throw std::runtime_error(what);
}

void fail_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

pid_t start_process(const std::vector<std::string>& command, const std::string& output,
                    const std::vector<std::string>& environment) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
  auto arguments = pointers(command);
  auto variables = pointers(environment);
  pid_t process = -1;
  const int failed = ::posix_spawnp(&process, arguments[0], &files, nullptr, arguments.data(),
                                    environment.empty() ? environ : variables.data());
  ::posix_spawn_file_actions_destroy(&files);
  if (failed != 0) fail(command[0] + ": " + std::strerror(failed));
  return process;
}

int await_end(pid_t process) {
  int status = 0;
  while (::waitpid(process, &status, 0) < 0) {
    if (errno != EINTR) fail_errno("waitpid");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void run(const std::vector<std::string>& command) {
  if (await_end(start_process(command, "/dev/stderr")) == 0) return;
  std::string line;
  for (const auto& word : command) line += word + " ";
  fail("failed: " + line);
}

void run_nft(const std::string& ruleset, const std::string& directory) {
  const std::string path = directory + "/ruleset.nft";
  std::ofstream(path) << ruleset;
  run({"nft", "-f", path});
}

}  // namespace jitgate::bench
