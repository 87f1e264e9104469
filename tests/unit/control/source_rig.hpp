#pragma once

#include "tests/unit/control/agent_rig.hpp"

namespace jitgate {

/// A machine with two grant sources, "hub" and "mirror", that need not sign.
class SourceRig : public AgentRig {
 protected:
  SourceRig() {
    for (const char* name : {"hub", "mirror"}) {
      SourceConfig source{name, HttpSourceConfig{}};
      source.needs_signature = false;
      config_.sources.push_back(std::move(source));
    }
  }

  /// A document for `length` from now on.
  [[nodiscard]] std::string document(const std::string& id, std::string_view from, Duration length, int number = 22,
                                     std::optional<std::string> approver = std::nullopt) const {
    auto record = make_record(clock_, id, {grant_port(number, Protocol::tcp, from, clock_.wall_now() + length)});
    record.grant.approver = std::move(approver);
    return write_grant_document(record.grant);
  }
  static std::string revocation(const std::string& id) {
    return R"({"apiVersion": "jitgate/v1", "kind": "Revocation", "id": ")" + id + R"(", "statusReason": "Denied"})";
  }
  static Delivery change(std::vector<DeliveredDocument> documents, std::vector<std::string> removed = {}) {
    return {false, std::move(documents), std::move(removed)};
  }
  static Delivery snapshot(std::vector<DeliveredDocument> documents) { return {true, std::move(documents), {}}; }

  Result<void> deliver(Delivery delivery, const std::string& source = "hub") {
    return call(agent().source_sink(source)->deliver(std::move(delivery)));
  }
  /// One grant as a change, under its id.
  Result<void> publish(const std::string& id, std::string_view from, Duration length,
                       const std::string& source = "hub") {
    return deliver(change({{id, document(id, from, length)}}), source);
  }
  /// The reason of the last refusal that the audit has; empty: none.
  [[nodiscard]] std::string last_refusal() const {
    const auto& trail = disk_.audit_trail();
    const auto found =
        std::find_if(trail.rbegin(), trail.rend(), [](const AuditEvent& event) { return event.outcome == "Refused"; });
    return found == trail.rend() ? "" : found->reason;
  }
  [[nodiscard]] SourceStatus source_status(const std::string& name) {
    for (const SourceStatus& source : agent().status().sources) {
      if (source.name == name) return source;
    }
    return {};
  }
  SourceConfig& source_config(const std::string& name) {
    return *std::ranges::find(config_.sources, name, &SourceConfig::name);
  }
};

}  // namespace jitgate
