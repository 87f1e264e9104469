#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <span>
#include <vector>

#include "agent/model/result.hpp"
#include "platform/linux/datagram_buffer.hpp"
#include "platform/linux/netlink_message.hpp"
#include "platform/linux/netlink_socket.hpp"

namespace jitgate::nft {

/// Asks nf_tables, on a socket of its own. Everything is an error that is not a whole, well-formed answer.
class Query {
 public:
  [[nodiscard]] static Result<Query> open();

  struct Answer {
    int error_number = 0;
    bool interrupted = false;  ///< the ruleset changed during the dump: parts may lack or come twice
    std::vector<std::vector<std::byte>> messages;
  };

  /// Begins a request (NFT_MSG_GETx; NLM_F_DUMP or 0), to which the caller adds attributes. `family` is NFPROTO_x.
  nlmsghdr* request(std::uint16_t nft_message, std::uint16_t flags, std::uint8_t family);
  /// Sends what request() began and reads the answer to its end.
  [[nodiscard]] Result<Answer> ask();
  /// The same for a dump, repeated until nothing changed meanwhile.
  [[nodiscard]] Result<Answer> ask_consistently();

 private:
  explicit Query(NetlinkSocket socket) : socket_(std::move(socket)), request_(kMaxRequest), reply_(kNetlinkDatagram) {}
  static constexpr std::size_t kMaxRequest = 4096;  ///< a table, a set and a key: some hundred bytes
  [[nodiscard]] Result<bool> take(Answer& answer, std::span<const std::byte> datagram) const;

  NetlinkSocket socket_;
  std::vector<std::byte> request_;
  DatagramBuffer reply_;
  std::uint32_t sequence_ = 0;
};

/// The number of the ruleset (NFTA_GEN_ID): every transaction of whoever raises it by one.
[[nodiscard]] Result<std::uint32_t> ruleset_generation(Query& query);

/// The one message of a buffer of an Answer.
[[nodiscard]] NetlinkMessage only(const std::vector<std::byte>& bytes);

[[nodiscard]] Error read_error(const char* what, int error_number);

}  // namespace jitgate::nft
