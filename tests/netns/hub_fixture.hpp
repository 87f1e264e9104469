#pragma once

#include <memory>
#include <set>
#include <string>

#include "tests/netns/daemon_fixture.hpp"
#include "tests/netns/source_documents.hpp"
#include "tests/source_server/grant_server.hpp"

namespace jitgate::netns {

/// A server with jitgated on it, and on its loopback a server of grants that need not be signed.
class HubTest : public DaemonTest {
 protected:
  HubTest() {
    open_hub();
    daemon_.settings.limits = ", grantsPerRequestor: 10000";
  }

  using Hub = testing_server::GrantServer;

  /// The hub's port stays its own, so that the daemon finds the next one.
  void open_hub() {
    hub_ = network_.server.run([] {
      Hub::Options options;
      options.port = kPort;
      return std::make_unique<Hub>(options);
    });
  }
  void close_hub() { hub_.reset(); }

  void configure(const std::string& mode, const std::string& more = "") {
    daemon_.settings.more = "sources: [{name: hub, type: http, url: \"" + hub_->url() + "\", mode: " + mode +
                            ", unsigned: true" + more + "}]\n";
  }
  void start(const std::string& mode, const std::string& more = "") {
    configure(mode, more);
    daemon_.start();
  }
  static std::string document(const std::string& id, const std::string& source, std::chrono::seconds length) {
    return grant_document(id, source, length, "server");
  }
  void publish(const std::string& id, const std::string& source, std::chrono::seconds length) {
    hub_->publish(id, document(id, source, length));
  }
  bool gets_open() {
    return eventually([&] { return opens(network_.client, kTcp4); }, kLong);
  }
  /// Of the source in the status.
  std::string source_state() {
    const auto status = daemon_.status();
    for (const auto& source : status.at("sources").as_array()) {
      if (text(source, "name") == "hub") return text(source, "state");
    }
    return {};
  }
  /// The addresses of 10.0.0.0/8 that the kernel admits to port 22.
  [[nodiscard]] std::set<std::string> admitted() const;

  /// Below those that the kernel picks: a client could connect to itself otherwise, while nobody listens.
  static constexpr std::uint16_t kPort = 8443;
  std::unique_ptr<Hub> hub_;
};

}  // namespace jitgate::netns
