#pragma once

#include <string>
#include <utility>
#include <vector>

#include "platform/socket_inventory.hpp"

namespace jitgate {

/// What a test says that listens.
class FakeInventory final : public SocketInventory {
 public:
  void listen(Transport transport, int number, std::vector<std::string> processes = {}) {
    report_->sockets.push_back({{transport, PortNumber::from(number).value()},
                                AddressPrefix::parse("0.0.0.0").value(),
                                false,
                                std::move(processes)});
  }
  void fail(Error why) { report_ = std::move(why); }

  Result<SocketReport> read() const override { return report_; }

 private:
  Result<SocketReport> report_ = SocketReport{};
};

}  // namespace jitgate
