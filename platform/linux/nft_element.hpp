#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "agent/model/ruleset.hpp"
#include "platform/linux/nft_admission.hpp"
#include "platform/linux/nft_batch.hpp"

namespace jitgate::nft {

/// How long the kernel is to keep an element, in the unit it counts in.
using Milliseconds = std::chrono::duration<std::uint64_t, std::milli>;

/// One tick at HZ=100. The kernel counts in ticks, and a time-out of none may mean that the element stays for good, so
/// an entry with less left is closed instead.
inline constexpr Milliseconds kShortestTimeout{10};

/// What is left until `deadline`, rounded down; nullopt when that is too little to open anything.
[[nodiscard]] std::optional<Milliseconds> timeout_until(BootTime deadline, BootTime now);

/// A key as it lies in the kernel's registers: [address] protocol port, each padded to 4 bytes.
struct ElementKey {
  std::array<std::byte, 24> bytes{};
  std::size_t size = 0;

  [[nodiscard]] static ElementKey of(const AllowKey& key);
  [[nodiscard]] static ElementKey of(const TransportPort& port);
  [[nodiscard]] std::span<const std::byte> view() const { return {bytes.data(), size}; }
};

/// The (transport, port) of an element of the `locked` set; nullopt when it is not one that we put there.
[[nodiscard]] std::optional<TransportPort> parse_locked_key(std::span<const std::byte> key);

/// Writes element messages into a batch, gathering new elements of one set into one message.
class ElementWriter {
 public:
  explicit ElementWriter(Batch& batch) : batch_(batch) {}

  /// A new element; the transaction fails with EEXIST when there is one.
  void create(const AllowKey& key, Milliseconds timeout);
  /// An element that may be there already, live or expired: afterwards it has this time-out. On every kernel:
  /// before 6.12 adding an element that exists leaves its time-out alone, and deleting one that has expired is ENOENT.
  void replace(const AllowKey& key, Milliseconds timeout);
  /// Afterwards there is no such element, whether there was one or not.
  void remove(const AllowKey& key);
  /// Locks a port; with a time-out the kernel lifts the lock then.
  void lock(const TransportPort& port, std::optional<Milliseconds> timeout);

  /// Must be called before any other message is added to the batch.
  void close();

 private:
  void open(Operation operation, const AllowSet& set, const AllowKey* key);
  void append(std::span<const std::byte> key, std::optional<Milliseconds> timeout);

  Batch& batch_;
  nlmsghdr* message_ = nullptr;
  nlattr* list_ = nullptr;
  std::optional<AllowSet> creating_;  ///< the set that the open message creates elements of
  std::size_t count_ = 0;
};

/// Starts a message about elements of `set`: table, set, and an open list of elements.
nlattr* begin_elements(nlmsghdr* message, const char* set);
/// Adds an element that is only a key.
void put_key(nlmsghdr* message, std::span<const std::byte> key);

}  // namespace jitgate::nft
