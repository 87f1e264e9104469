#include "tests/netns/nft_fixture.hpp"

#include <ctime>
#include <stdexcept>

namespace jitgate::netns {

WallTime KernelClock::wall_now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

BootTime KernelClock::boot_now() const {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return BootTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

TransportPort port(Transport transport, int number) {
  return {transport, PortNumber::from(number).value()};
}

AllowKey key(const std::string& source, Transport transport, int number) {
  return {AddressPrefix::parse(source).value(), port(transport, number)};
}

void require(const Result<void>& result) {
  if (!result) throw std::runtime_error(describe(result.error()));
}

std::unique_ptr<NftBackend> NftTest::make_backend(bool own_table, int adopted_owner_socket) {
  return network_.server.run([&] { return make_nft_backend({clock_, own_table, adopted_owner_socket}, io_).value(); });
}

Lock NftTest::lock() {
  return {{port(Transport::tcp, 22), port(Transport::udp, 53)}, {}, DenyAction::drop, std::nullopt};
}

AllowEntry NftTest::entry(const std::string& source, Transport transport, int number, Duration lasts) const {
  return {key(source, transport, number), clock_.boot_now() + lasts};
}

void NftTest::replace(const Lock& lock, std::vector<AllowEntry> entries) {
  require(backend_->commit(ReplaceTable{lock, std::move(entries)}));
}

void NftTest::put(std::vector<AllowEntry> entries) {
  require(backend_->commit(ChangeEntries{std::move(entries), {}}));
}

void NftTest::close(std::vector<AllowKey> keys) {
  require(backend_->commit(ChangeEntries{{}, std::move(keys)}));
}

const std::string& NftTest::server_address(const std::string& source) const {
  return source.find(':') == std::string::npos ? network_.server.ipv4 : network_.server.ipv6;
}

Outcome NftTest::knock(const Host& from, const std::string& source, std::chrono::milliseconds patience, int number) {
  return tcp_connects(from, {server_address(source), static_cast<std::uint16_t>(number)}, patience, {source});
}

Outcome NftTest::knock_udp(const Host& from, const std::string& source, std::chrono::milliseconds patience,
                           int number) {
  return udp_echoes(from, {server_address(source), static_cast<std::uint16_t>(number)}, patience, {source});
}

Services::Services(const Host& server)
    : tcp4(server, {server.ipv4, 22}),
      tcp6(server, {server.ipv6, 22}),
      other_tcp4(server, {server.ipv4, 23}),
      other_tcp6(server, {server.ipv6, 23}),
      udp4(server, {server.ipv4, 53}),
      udp6(server, {server.ipv6, 53}),
      other_udp4(server, {server.ipv4, 54}),
      other_udp6(server, {server.ipv6, 54}) {}

}  // namespace jitgate::netns
