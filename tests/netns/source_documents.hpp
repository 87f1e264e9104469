#pragma once

#include <chrono>
#include <string>

#include "agent/model/grant_document.hpp"
#include "tests/fake/grant_builder.hpp"

namespace jitgate::netns {

inline constexpr const char* kApprover = "approver@example.com";
inline constexpr const char* kRequestor = "requester@example.com";

/// A grant for this host, of 22/TCP, from now on; `host` is the daemon's.
inline std::string grant_document(const std::string& id, const std::string& source, std::chrono::seconds length,
                                  const std::string& host, int port = 22, const std::string& requestor = kRequestor) {
  const WallTime now = std::chrono::system_clock::now();
  Grant grant{id, {}, host, requestor, kApprover, now, "", {}};
  grant.ports.push_back(grant_port(port, Protocol::tcp, source, now + length));
  return write_grant_document(grant);
}

inline std::string revocation_document(const std::string& id) {
  return R"({"apiVersion":"jitgate/v1","kind":"Revocation","id":")" + id + R"(","statusReason":"UserRequested"})";
}

}  // namespace jitgate::netns
