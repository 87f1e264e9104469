#include "bench/udp_burst.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "bench/process.hpp"

namespace jitgate::bench {
namespace {

constexpr int kSocketBuffer = 4 * 1024 * 1024;
constexpr std::size_t kPayload = 18;  // the shortest Ethernet frame

struct alignas(cmsghdr) SourceControl {
  std::array<std::byte, CMSG_SPACE(sizeof(in_pktinfo))> bytes{};
};

sockaddr_in address_of(std::uint32_t address, std::uint16_t port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(address);
  return to;
}

void set_source(msghdr& message, SourceControl& control, std::uint32_t source) {
  message.msg_control = control.bytes.data();
  message.msg_controllen = control.bytes.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = IPPROTO_IP;
  header->cmsg_type = IP_PKTINFO;
  header->cmsg_len = CMSG_LEN(sizeof(in_pktinfo));
  in_pktinfo info{};
  info.ipi_spec_dst.s_addr = htonl(source);
  std::memcpy(CMSG_DATA(header), &info, sizeof info);
}

}  // namespace

UdpEnd::UdpEnd(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (fd_ < 0) fail_errno("udp socket");
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBuffer, sizeof kSocketBuffer);
  const sockaddr_in any = address_of(INADDR_ANY, port);
  if (::bind(fd_, reinterpret_cast<const sockaddr*>(&any), sizeof any) != 0) fail_errno("bind");
}

UdpEnd::~UdpEnd() {
  ::close(fd_);
}

void UdpEnd::send(std::uint32_t address, std::uint16_t port, const std::vector<std::uint32_t>& sources) {
  static std::array<std::byte, kPayload> payload{};
  sockaddr_in to = address_of(address, port);
  iovec content{payload.data(), payload.size()};
  std::array<mmsghdr, kBurst> messages{};
  std::array<SourceControl, kBurst> controls;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    msghdr& message = messages.at(i).msg_hdr;
    message.msg_name = &to;
    message.msg_namelen = sizeof to;
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    set_source(message, controls.at(i), sources[i]);
  }
  const int sent = ::sendmmsg(fd_, messages.data(), static_cast<unsigned>(sources.size()), 0);
  if (sent != static_cast<int>(sources.size())) fail_errno("sendmmsg");
}

std::size_t UdpEnd::drain() {
  std::size_t count = 0;
  std::array<std::byte, kPayload> payload;
  while (::recv(fd_, payload.data(), payload.size(), 0) >= 0) ++count;
  return count;
}

void UdpEnd::echo() {
  std::array<std::byte, kPayload> payload;
  sockaddr_in from{};
  socklen_t length = sizeof from;
  while (::recvfrom(fd_, payload.data(), payload.size(), 0, reinterpret_cast<sockaddr*>(&from), &length) >= 0) {
    if (::sendto(fd_, payload.data(), payload.size(), 0, reinterpret_cast<const sockaddr*>(&from), length) < 0) {
      fail_errno("echo");
    }
  }
}

}  // namespace jitgate::bench
