#include "agent/audit/audit_chain.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace jitgate {
namespace {

AuditEvent sample() {
  return {7,     WallTime(std::chrono::seconds(1)), "grant.open", "Succeeded", "alice", "pid 1", "id", "22/TCP", "why",
          "none"};
}

using Alteration = std::function<void(AuditEvent&)>;

const std::vector<Alteration>& alterations() {
  static const std::vector<Alteration> all = {
      [](AuditEvent& e) { e.sequence += 1; },
      [](AuditEvent& e) { e.at += std::chrono::nanoseconds(1); },
      [](AuditEvent& e) { e.at = WallTime(std::chrono::seconds(-1)); },
      [](AuditEvent& e) { e.operation += "x"; },
      [](AuditEvent& e) { e.outcome = "Failed"; },
      [](AuditEvent& e) { e.caller = "bob"; },
      [](AuditEvent& e) { e.peer = ""; },
      [](AuditEvent& e) { e.grant_id = "di"; },
      [](AuditEvent& e) { e.resource.clear(); },
      [](AuditEvent& e) { e.justification += '\0'; },
      [](AuditEvent& e) { e.reason = "None"; },
      [](AuditEvent& e) { std::swap(e.peer, e.caller); },
      [](AuditEvent& e) { e.ports = "22/TCP"; },
      [](AuditEvent& e) { e.ports = "22/UDP"; },
      [](AuditEvent& e) { e.generation = 1; },
      [](AuditEvent& e) { e.generation = 2; },
      // Moved from one field into the next: the same bytes in a row.
      [](AuditEvent& e) {
        e.caller = "alicep";
        e.peer = "id 1";
      },
      [](AuditEvent& e) {
        e.justification = "whynone";
        e.reason = "";
      },
  };
  return all;
}

TEST(AuditChain, EveryAlterationChangesTheHash) {
  std::set<Digest> seen{audit_link(kAuditGenesis, sample())};
  for (std::size_t i = 0; i < alterations().size(); ++i) {
    AuditEvent event = sample();
    alterations()[i](event);
    EXPECT_TRUE(seen.insert(audit_link(kAuditGenesis, event)).second) << "alteration " << i;
  }
}

TEST(AuditChain, DependsOnThePreviousHash) {
  Digest previous = kAuditGenesis;
  previous.bytes[31] = 1;
  EXPECT_NE(audit_link(kAuditGenesis, sample()), audit_link(previous, sample()));
}

// The encoding is on people's disks: this digest was computed from the format in audit_chain.hpp by another program.
TEST(AuditChain, EncodingStaysAsDocumented) {
  EXPECT_EQ(to_hex(audit_link(kAuditGenesis, sample())),
            "b4e4d72541aa7d70198319779ce78fdcd4e9fa2adf9f0e1d14a4036953e9884b");
}

TEST(AuditChain, EncodingOfMoreStaysAsDocumented) {
  AuditEvent event = sample();
  event.ports = "22/TCP";
  event.generation = 17;
  EXPECT_EQ(to_hex(audit_link(kAuditGenesis, event)),
            "3abca457eeaff6fbd709b8d1941df4d5ba815fe52585eec24f585d6d71b8916c");
}

}  // namespace
}  // namespace jitgate
