#include <cstdio>

#include "agent/daemon/options.hpp"

namespace jitgate {
namespace {

constexpr int kUsage = 2;

int not_on_windows(const char* option, const char* instead) {
  std::fprintf(stderr, "jitgated: not on Windows: %s: %s\n", option, instead);
  return kUsage;
}

}  // namespace

int render(const std::string&) {
  return not_on_windows("--render",
                        "there is no text for the Windows Filtering Platform; netsh wfp show filters shows "
                        "what is installed");
}

int lock_early(const std::string&) {
  return not_on_windows("--lock", "the locks of the last configuration stand from the boot on by themselves");
}

}  // namespace jitgate
