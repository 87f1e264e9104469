#include "agent/control/activation.hpp"

#include <algorithm>
#include <utility>

#include "platform/marker_file.hpp"

namespace jitgate {

Activation::Activation(const std::string& state_directory, const std::string& runtime_directory, const Clock& clock,
                       const std::string& boot_directory)
    : disabled_file_(state_directory, boot_directory, "disabled"),
      release_(runtime_directory, clock),
      clock_(clock),
      enabled_(!read_marker(disabled_file_.path())),
      was_released_(release_.until().has_value()) {}

Result<void> Activation::enable() {
  enabled_ = true;
  trial_ends_.reset();
  was_released_ = false;
  auto released = release_.remove();
  auto remembered = disabled_file_.remove();
  return remembered ? released : remembered;
}

Result<void> Activation::disable() {
  enabled_ = false;
  trial_ends_.reset();
  return disabled_file_.write("jitgate disable\n");
}

Result<void> Activation::release(BootTime until) {
  auto on = enable();
  auto released = release_.write(until - clock_.boot_now());
  was_released_ = release_.until().has_value();
  return on ? released : on;
}

Result<void> Activation::start_trial(BootTime ends) {
  if (auto released = release_.remove(); !released) return released;
  if (auto off = disabled_file_.write("jitgate enable --confirm\n"); !off) return off;
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

void Activation::align_copy() const {
  if (const auto marker = read_marker(disabled_file_.path()))
    disabled_file_.copy(*marker);
  else
    disabled_file_.remove_copy();
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
