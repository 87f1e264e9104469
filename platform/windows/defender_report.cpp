#include "platform/windows/defender_report.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace jitgate {
namespace {

constexpr auto kAge = std::chrono::seconds(30);  // hundreds of rules take tens of milliseconds, and some systems longer

}  // namespace

DefenderReport::DefenderReport(std::function<Result<DefenderState>()> read)
    : read_(std::move(read)), thread_([this] { run(); }) {}

DefenderReport::~DefenderReport() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void DefenderReport::refresh() {
  const std::lock_guard lock(mutex_);
  if (read_at_ && std::chrono::steady_clock::now() - *read_at_ <= kAge) return;
  wanted_ = true;
  changed_.notify_all();
}

std::vector<std::string> DefenderReport::problems(const Lock& lock, bool hard_grants) {
  refresh();
  const std::lock_guard guard(mutex_);
  return defender_problems(state_, lock, hard_grants);
}

void DefenderReport::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return wanted_ || stopping_; });
    if (stopping_) return;
    const bool first = !read_at_;
    lock.unlock();
    auto state = read_();
    if (!state && first)
      spdlog::warn("the rules of Windows Defender Firewall cannot be read: {}", describe(state.error()));
    lock.lock();
    state_ = state ? std::move(*state) : DefenderState{};
    read_at_ = std::chrono::steady_clock::now();
    wanted_ = false;
  }
}

}  // namespace jitgate
