#pragma once

#include <optional>
#include <vector>

#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"
#include "platform/linux/netlink_socket.hpp"
#include "platform/linux/nft_reply.hpp"
#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

/// Asks the kernel about table inet jitgate, on a socket of its own. Everything is an error that is not a whole,
/// well-formed answer.
class Reader {
 public:
  [[nodiscard]] static Result<Reader> open();

  /// nullopt: there is no such table.
  [[nodiscard]] Result<std::optional<TableInfo>> table();
  /// True when the table's chains, rules and sets are exactly these. Elements are not looked at, nor what a counter
  /// counted.
  [[nodiscard]] Result<bool> holds(const Ruleset& expected);
  /// The locked ports, sorted; nullopt when the set is gone or holds something that is not a port.
  [[nodiscard]] Result<std::optional<std::vector<TransportPort>>> locked();
  /// What is left of this entry; nullopt: no packet matches it now. Duration::max(): it never ends, which is never our
  /// doing.
  [[nodiscard]] Result<std::optional<Duration>> remaining(const AllowKey& key);
  [[nodiscard]] Result<DenyCounter> denied();

 private:
  explicit Reader(NetlinkSocket socket)
      : socket_(std::move(socket)), request_(kNetlinkDatagram), reply_(kNetlinkDatagram) {}

  nlmsghdr* request(std::uint16_t nft_message, std::uint16_t flags);
  struct Answer {
    int error_number = 0;
    bool interrupted = false;  ///< the ruleset changed during the dump: parts may lack or come twice
    std::vector<std::vector<std::byte>> messages;
  };
  [[nodiscard]] Result<Answer> ask();
  [[nodiscard]] Result<Answer> ask_consistently();
  [[nodiscard]] Result<bool> take(Answer& answer, std::span<const std::byte> datagram) const;
  [[nodiscard]] Result<Answer> dump(std::uint16_t nft_message, std::uint16_t table_attribute);
  [[nodiscard]] Result<std::vector<std::string>> chains();
  [[nodiscard]] Result<std::vector<std::string>> rules();
  [[nodiscard]] Result<std::vector<std::string>> sets();

  NetlinkSocket socket_;
  std::vector<std::byte> request_;
  std::vector<std::byte> reply_;
  std::uint32_t sequence_ = 0;
};

}  // namespace jitgate::nft
