#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace jitgate::bench {

/// A failure of the measurement itself, which ends the program.
[[noreturn]] void fail(const std::string& what);
/// With errno's text.
[[noreturn]] void fail_errno(const std::string& what);

/// Starts a program (looked up in PATH) in the caller's namespaces; both outputs go to `output`, a file. Its first
/// instruction runs within the call (vfork(2)).
[[nodiscard]] pid_t start_process(const std::vector<std::string>& command, const std::string& output = "/dev/null",
                                  const std::vector<std::string>& environment = {});
/// Waits for its end. Gives the exit status, or 128 + the signal.
int await_end(pid_t process);
/// Runs it to its end and demands success.
void run(const std::vector<std::string>& command);
/// Runs nft on this text.
void run_nft(const std::string& ruleset, const std::string& directory);

}  // namespace jitgate::bench
