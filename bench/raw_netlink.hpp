#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace jitgate::bench {

/// The limit: what a program of a few lines needs for the same elements. Writes bytes into a buffer by hand and knows
/// neither errors (beyond noticing them) nor what was there before.
class RawNetlink {
 public:
  /// Elements go to `set` of table inet `table`, whose key is `ipv4_addr . inet_proto . inet_service`, flags timeout.
  RawNetlink(std::string table, std::string set);
  ~RawNetlink();
  RawNetlink(const RawNetlink&) = delete;
  RawNetlink& operator=(const RawNetlink&) = delete;

  /// The ruleset that such a program would make first, as nft text.
  [[nodiscard]] static std::string ruleset(const std::string& table, const std::string& set);

  /// Opens TCP port 22 to these hosts (host byte order) for an hour, in one transaction; returns when the kernel has
  /// acknowledged it.
  void open(std::span<const std::uint32_t> hosts);

 private:
  std::size_t begin_message(std::uint16_t type, std::uint16_t flags, std::uint8_t family, std::uint16_t resource);
  void end_message(std::size_t message);
  std::size_t begin_attribute(std::uint16_t type);
  void end_attribute(std::size_t attribute);
  void put(std::uint16_t type, const void* bytes, std::size_t size);
  void put_element(std::uint32_t host);
  void await_acknowledgement();

  std::string table_;
  std::string set_;
  int socket_;
  std::vector<std::byte> buffer_;
  std::size_t used_ = 0;
  std::uint32_t sequence_ = 0;
};

}  // namespace jitgate::bench
