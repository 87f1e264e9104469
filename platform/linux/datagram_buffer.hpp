#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace jitgate {

/// Room for a netlink datagram, aligned for its headers. It is not cleared, so that pages that no datagram ever reached
/// take no memory.
class DatagramBuffer {
 public:
  /// `bytes`: a multiple of 8.
  explicit DatagramBuffer(std::size_t bytes)
      : words_(std::make_unique_for_overwrite<std::uint64_t[]>(bytes / sizeof(std::uint64_t))),
        size_(bytes / sizeof(std::uint64_t)) {}

  [[nodiscard]] std::span<std::uint64_t> words() { return {words_.get(), size_}; }
  [[nodiscard]] std::span<std::byte> bytes() { return std::as_writable_bytes(words()); }
  /// The first `size` bytes of it.
  [[nodiscard]] std::span<const std::byte> first(std::size_t size) { return bytes().first(size); }

 private:
  std::unique_ptr<std::uint64_t[]> words_;
  std::size_t size_;
};

}  // namespace jitgate
