#include "platform/windows/defender_report.hpp"

#include <spdlog/spdlog.h>

namespace jitgate {
namespace {

constexpr auto kAge = std::chrono::seconds(30);  // reading hundreds of rules takes tens of milliseconds

}  // namespace

std::vector<std::string> DefenderReport::problems(const Lock& lock, bool hard_grants) {
  const auto now = std::chrono::steady_clock::now();
  if (!read_at_ || now - *read_at_ > kAge) {
    auto state = read_defender_state();
    if (!state && !read_at_)
      spdlog::warn("the rules of Windows Defender Firewall cannot be read: {}", describe(state.error()));
    state_ = state ? std::move(*state) : DefenderState{};
    read_at_ = now;
  }
  return defender_problems(state_, lock, hard_grants);
}

}  // namespace jitgate
