#include "agent/control/activation.hpp"

#include <algorithm>
#include <utility>

#include "platform/marker_file.hpp"

namespace jitgate {

Activation::Activation(const std::string& state_directory, const std::string& runtime_directory, const Clock& clock)
    : disabled_file_(state_directory + "/disabled"),
      release_(runtime_directory, clock),
      clock_(clock),
      enabled_(!read_marker(disabled_file_)),
      was_released_(release_.until().has_value()) {}

Result<void> Activation::enable() {
  enabled_ = true;
  trial_ends_.reset();
  was_released_ = false;
  auto released = release_.remove();
  auto remembered = remove_marker(disabled_file_);
  return remembered ? released : remembered;
}

Result<void> Activation::disable() {
  enabled_ = false;
  trial_ends_.reset();
  return write_marker(disabled_file_, "jitgate disable\n");
}

Result<void> Activation::release(BootTime until) {
  auto on = enable();
  auto released = release_.write(until - clock_.boot_now());
  was_released_ = release_.until().has_value();
  return on ? released : on;
}

Result<void> Activation::start_trial(BootTime ends) {
  if (auto released = release_.remove(); !released) return released;
  if (auto off = write_marker(disabled_file_, "jitgate enable --confirm\n"); !off) return off;
  enabled_ = false;
  trial_ends_ = ends;
  was_released_ = false;
  return {};
}

bool Activation::end_trial() {
  if (!trial_ends_ || *trial_ends_ > clock_.boot_now()) return false;
  trial_ends_.reset();
  return true;
}

bool Activation::release_changed() {
  const bool released = release_.until().has_value();
  return std::exchange(was_released_, released) != released;
}

std::optional<BootTime> Activation::next_event() const {
  const auto released = released_until();
  if (!trial_ends_ || !released) return trial_ends_ ? trial_ends_ : released;
  return std::min(*trial_ends_, *released);
}

}  // namespace jitgate
