// What tests tell the model of WFP, and ask it.
#include "tests/windows/wfp_model/model.hpp"

#include <algorithm>

#include "tests/windows/wfp_model/check.hpp"
#include "tests/windows/wfp_model/protection.hpp"
#include "tests/windows/wfp_model/state.hpp"

using namespace jitgate::wfp_model;

extern "C" {

int ModelClassify(const Arrival* arrival) {
  Held held;
  std::uint64_t by = 0;
  const bool permitted = permits(held.state(), *arrival, by);
  if (!permitted) held.state().note(Event::Kind::dropped, {}, by, 0);
  held.save();
  return permitted ? 1 : 0;
}

void ModelReset() {
  Held held;
  const std::uint64_t engine = held.state().engine;
  const std::uint64_t next = held.state().next;
  held.state() = State{};
  held.state().engine = engine + 1;
  held.state().next = next;
  held.save();
}

void ModelFail(const char* function, std::uint32_t failure, std::uint32_t after, std::uint32_t times) {
  Held held;
  held.state().faults.push_back({function, failure, after, times});
  held.save();
}

void ModelRestart() {
  Held held;
  held.state().engine_ends();
  held.save();
}

void ModelShutDown() {
  Held held;
  held.state().engine_ends();
  held.state().running = false;
  held.save();
}

void ModelBoot() {
  Held held;
  held.state().running = true;
  held.save();
}

std::uint32_t ModelCount() {
  Held held;
  held.save();
  return static_cast<std::uint32_t>(held.state().filters.size() + held.state().sublayers.size() +
                                    held.state().providers.size());
}

std::uint32_t ModelUnlike(const wchar_t* sddl) {
  Held held;
  held.save();
  const std::u16string protection = rewritten(sddl);
  const auto unlike = [&](const auto& objects) {
    return std::ranges::count_if(objects, [&](const auto& one) { return one.protection != protection; });
  };
  const State& state = held.state();
  return static_cast<std::uint32_t>(unlike(state.filters) + unlike(state.sublayers) + unlike(state.providers));
}

void ModelHold(std::int32_t held) {
  if (held == 0) return leave_lock();
  static_cast<void>(take_lock(INFINITE));
}

}  // extern "C"
