#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/scenarios/firewall_scenarios.hpp"

namespace jitgate::scenarios {
namespace {

using Kind = Step::Kind;

constexpr auto kPatience = std::chrono::seconds(30);

std::string text_of(const std::string& from, const TransportPort& port) {
  return from + " to " + std::string(to_string(port.transport)) + " " + std::to_string(port.number.value());
}

std::vector<AllowEntry> entries_of(const Step& step, Stage& stage) {
  std::vector<AllowEntry> entries;
  for (const auto& entry : step.entries) entries.push_back({entry.key, stage.now() + entry.lasts});
  return entries;
}

std::vector<AllowKey> keys_of(const Step& step) {
  std::vector<AllowKey> keys;
  for (const auto& entry : step.entries) keys.push_back(entry.key);
  return keys;
}

bool closes(const std::string& from, const TransportPort& port, Stage& stage) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (!stage.connects(from, port, false)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

bool holds(const Step& step, const TransportPort& port, Stage& stage) {
  switch (step.kind) {
    case Kind::passes:
      return stage.connects(step.from, port, true);
    case Kind::denied:
      return !stage.connects(step.from, port, false);
    case Kind::closes:
      return closes(step.from, port, stage);
    case Kind::establish:
      return stage.establish(step.from, port);
    default:
      return stage.alive(step.from, port);
  }
}

Result<void> commit(const Step& step, Stage& stage) {
  switch (step.kind) {
    case Kind::raise:
      return stage.backend().commit(ReplaceTable{step.lock, entries_of(step, stage)});
    case Kind::put:
      return stage.backend().commit(ChangeEntries{entries_of(step, stage), {}});
    case Kind::close:
      return stage.backend().commit(ChangeEntries{{}, keys_of(step)});
    case Kind::remove:
      return stage.backend().commit(RemoveTable{});
    default:
      return {};
  }
}

}  // namespace

void play(const Scenario& scenario, Stage& stage) {
  int number = 0;
  for (const Step& step : scenario.steps) {
    SCOPED_TRACE("step " + std::to_string(++number));
    if (step.kind == Kind::restart) stage.restart();
    const auto committed = commit(step, stage);
    ASSERT_TRUE(committed) << describe(committed.error());
    for (const TransportPort& port : step.ports) EXPECT_TRUE(holds(step, port, stage)) << text_of(step.from, port);
  }
}

}  // namespace jitgate::scenarios
