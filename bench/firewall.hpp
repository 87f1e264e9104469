#pragma once

#include <arpa/inet.h>

#include <boost/asio/io_context.hpp>
#include <memory>

#include "bench/process.hpp"
#include "platform/linux/nft_backend.hpp"

namespace jitgate::bench {

/// Expected failures end the measurement.
template <class T>
T must(Result<T> result) {
  if (!result) fail(describe(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

inline PortNumber port(std::int64_t number) {
  return must(PortNumber::from(number));
}

/// TCP port 22 of this host alone.
inline AllowKey allow_key(std::uint32_t host, Transport transport = Transport::tcp) {
  const std::uint32_t address = htonl(host);
  const std::span<const std::uint8_t> bytes(reinterpret_cast<const std::uint8_t*>(&address), sizeof address);
  return {AddressPrefix::of(bytes, 32), {transport, port(22)}};
}

/// This port is locked, for everybody.
inline FirewallTransaction lock_only(TransportPort locked) {
  return ReplaceTable{Lock{{locked}, {}, DenyAction::drop, std::nullopt}, {}};
}

inline std::unique_ptr<NftBackend> make_firewall(const Clock& clock, boost::asio::io_context& context) {
  return must(make_nft_backend({.clock = clock}, context));
}

}  // namespace jitgate::bench
