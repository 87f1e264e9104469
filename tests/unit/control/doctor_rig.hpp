#pragma once

#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {

/// A machine whose agent examines it.
class DoctorTest : public AgentRig {
 protected:
  /// The survey is made on a thread of its own: waits for it.
  doctor::DoctorReport examined() {
    const auto done = begin(agent().doctor());
    const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!*done && std::chrono::steady_clock::now() < patience) {
      process_->context.restart();
      process_->context.run_one_for(std::chrono::seconds(1));
    }
    if (!*done) throw std::logic_error("the doctor never came back");
    return std::move(**done);
  }
  std::vector<std::string> codes() {
    std::vector<std::string> all;
    for (const auto& finding : examined().findings) all.push_back(finding.code);
    return all;
  }
};

}  // namespace jitgate
