#pragma once

#include <linux/netlink.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/model/result.hpp"
#include "agent/model/ruleset.hpp"
#include "platform/linux/datagram_buffer.hpp"
#include "platform/linux/netlink_socket.hpp"

namespace jitgate::nft {

/// NFPROTO_INET, whose header does not go with netinet/in.h.
inline constexpr std::uint8_t kInet = 1;

/// What a message of a batch is for: decides what can be done about its failure, and names it in the error.
enum class Operation : std::uint8_t {
  commit,         ///< the transaction as a whole
  destroy_table,  ///< NFT_MSG_DESTROYTABLE: a missing one is no error (kernel 6.3)
  delete_table,
  add_table,
  add_chain,
  add_set,
  add_counter,
  add_rule,
  delete_rule,
  delete_chain,
  delete_set,
  delete_object,
  create_element,  ///< one that exists already is an error
  put_element,     ///< one that exists already is none
  delete_element,
};

/// Why the kernel refused a batch.
struct BatchFailure {
  int error_number;
  Operation operation;
  std::string subject;  ///< "element 203.0.113.7 tcp 22"

  /// "add element 203.0.113.7 tcp 22: No space left on device"
  [[nodiscard]] Error to_error() const;
};

/// One nf_tables transaction. Keeps its memory from one transaction to the next, so that a small one allocates nothing.
class Batch {
 public:
  /// Messages carry the sequence numbers `first`, `first` + 1, ...
  /// With `generation`, the kernel refuses it (ERESTART) when the ruleset is not that one any more.
  void begin(std::uint32_t first_sequence, std::optional<std::uint32_t> generation = std::nullopt);
  /// Goes on with the numbers behind those of the last transaction. They start over before the end of our range
  /// (kLastOwnSequence), so that no transaction crosses it.
  void begin_next(std::optional<std::uint32_t> generation = std::nullopt);
  /// Starts a message, with room for kMaxMessage bytes behind its header. The one before it is finished. The pointer is
  /// good until the next call. `key` must outlive submit(). `family` is NFPROTO_x.
  nlmsghdr* add(Operation operation, std::uint16_t nft_message, std::uint16_t flags, std::string name = {},
                const AllowKey* key = nullptr, std::uint8_t family = kInet);
  /// Says that what follows in the current message is this element, for the error that names it.
  void mark_element(const AllowKey& key);
  void end();

  [[nodiscard]] bool empty() const { return entries_.empty(); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return {buffer_.data(), used_}; }
  [[nodiscard]] std::uint32_t next_sequence() const { return next_sequence_; }

  /// Sends the transaction and reads the kernel's answers to the end: nullopt when it was committed. (To do without an
  /// answer, send bytes().)
  [[nodiscard]] std::optional<BatchFailure> submit(const NetlinkSocket& socket);

  static constexpr std::size_t kMaxMessage = 60 * 1024;

 private:
  struct Entry {
    std::uint32_t sequence;
    Operation operation;
    std::size_t offset;
    std::string name;
    const AllowKey* key;
    std::size_t first_element;
  };
  struct ElementMark {
    std::size_t offset;  ///< in the buffer
    const AllowKey* key;
  };

  void finish_message();
  nlmsghdr* header(std::uint16_t type, std::uint16_t flags, std::uint8_t family, std::uint16_t resource);
  [[nodiscard]] std::optional<BatchFailure> read_answers(const NetlinkSocket& socket);
  [[nodiscard]] BatchFailure describe(std::uint32_t sequence, int error_number,
                                      std::optional<std::uint32_t> attribute) const;
  [[nodiscard]] std::string subject_of(const Entry& entry, std::optional<std::uint32_t> attribute) const;

  std::vector<std::byte> buffer_;
  DatagramBuffer reply_{kNetlinkDatagram};
  std::size_t used_ = 0;
  std::size_t message_ = 0;  ///< offset of the message that is being written
  bool open_ = false;
  std::uint32_t first_sequence_ = 0;
  std::uint32_t next_sequence_ = 0;
  std::vector<Entry> entries_;
  std::vector<ElementMark> marks_;
};

}  // namespace jitgate::nft
