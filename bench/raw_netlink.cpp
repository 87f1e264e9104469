#include "bench/raw_netlink.hpp"

#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "bench/process.hpp"

namespace jitgate::bench {
namespace {

constexpr std::size_t kBuffer = 2 * 1024 * 1024;
constexpr int kSocketBuffer = 4 * 1024 * 1024;
constexpr std::size_t kElementsPerMessage = 900;
constexpr std::uint64_t kHour = 3'600'000;  // ms

}  // namespace

RawNetlink::RawNetlink(std::string table, std::string set)
    : table_(std::move(table)),
      set_(std::move(set)),
      socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER)),
      buffer_(kBuffer) {
  if (socket_ < 0) fail_errno("netlink socket");
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDBUFFORCE, &kSocketBuffer, sizeof kSocketBuffer);
}

RawNetlink::~RawNetlink() {
  ::close(socket_);
}

std::string RawNetlink::ruleset(const std::string& table, const std::string& set) {
  return "table inet " + table + " {\n  set " + set +
         " { type ipv4_addr . inet_proto . inet_service; flags timeout; gc-interval 60s; }\n"
         "  chain input { type filter hook input priority -10; ip saddr . meta l4proto . th dport @" +
         set + " accept; }\n}\n";
}

std::size_t RawNetlink::begin_message(std::uint16_t type, std::uint16_t flags, std::uint8_t family,
                                      std::uint16_t resource) {
  const nlmsghdr header{0, type, static_cast<std::uint16_t>(flags | NLM_F_REQUEST), ++sequence_, 0};
  const nfgenmsg netfilter{family, NFNETLINK_V0, htons(resource)};
  const std::size_t start = used_;
  std::memcpy(&buffer_[used_], &header, sizeof header);
  std::memcpy(&buffer_[used_ + sizeof header], &netfilter, sizeof netfilter);
  used_ += sizeof header + sizeof netfilter;
  return start;
}

void RawNetlink::end_message(std::size_t message) {
  const auto length = static_cast<std::uint32_t>(used_ - message);
  std::memcpy(&buffer_[message], &length, sizeof length);
}

std::size_t RawNetlink::begin_attribute(std::uint16_t type) {
  const nlattr header{0, type};
  std::memcpy(&buffer_[used_], &header, sizeof header);
  used_ += sizeof header;
  return used_ - sizeof header;
}

void RawNetlink::end_attribute(std::size_t attribute) {
  const auto length = static_cast<std::uint16_t>(used_ - attribute);
  std::memcpy(&buffer_[attribute], &length, sizeof length);
  used_ = (used_ + 3) & ~std::size_t{3};
}

void RawNetlink::put(std::uint16_t type, const void* bytes, std::size_t size) {
  const std::size_t attribute = begin_attribute(type);
  std::memcpy(&buffer_[used_], bytes, size);
  used_ += size;
  end_attribute(attribute);
}

void RawNetlink::put_element(std::uint32_t host) {
  std::array<std::byte, 12> key{};
  const std::uint32_t address = htonl(host);
  const std::uint16_t port = htons(22);
  std::memcpy(key.data(), &address, sizeof address);
  key[4] = std::byte{IPPROTO_TCP};
  std::memcpy(&key[8], &port, sizeof port);
  const std::uint64_t timeout = htobe64(kHour);

  const std::size_t element = begin_attribute(NLA_F_NESTED | NFTA_LIST_ELEM);
  const std::size_t outer = begin_attribute(NLA_F_NESTED | NFTA_SET_ELEM_KEY);
  put(NFTA_DATA_VALUE, key.data(), key.size());
  end_attribute(outer);
  put(NFTA_SET_ELEM_TIMEOUT, &timeout, sizeof timeout);
  end_attribute(element);
}

void RawNetlink::open(std::span<const std::uint32_t> hosts) {
  used_ = 0;
  end_message(begin_message(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  while (!hosts.empty()) {
    const auto some = hosts.first(std::min(hosts.size(), kElementsPerMessage));
    hosts = hosts.subspan(some.size());
    const auto flags = static_cast<std::uint16_t>(NLM_F_CREATE | (hosts.empty() ? NLM_F_ACK : 0));
    const std::size_t message = begin_message((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_NEWSETELEM, flags, NFPROTO_INET, 0);
    put(NFTA_SET_ELEM_LIST_TABLE, table_.c_str(), table_.size() + 1);
    put(NFTA_SET_ELEM_LIST_SET, set_.c_str(), set_.size() + 1);
    const std::size_t list = begin_attribute(NLA_F_NESTED | NFTA_SET_ELEM_LIST_ELEMENTS);
    for (const std::uint32_t host : some) put_element(host);
    end_attribute(list);
    end_message(message);
  }
  end_message(begin_message(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  if (::sendto(socket_, buffer_.data(), used_, 0, reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel) < 0) {
    fail_errno("raw netlink: sendto");
  }
  await_acknowledgement();
}

void RawNetlink::await_acknowledgement() {
  std::array<std::byte, 4096> reply;
  const ssize_t got = ::recv(socket_, reply.data(), reply.size(), 0);
  nlmsghdr header{};
  nlmsgerr verdict{};
  if (got < static_cast<ssize_t>(sizeof header + sizeof verdict)) fail_errno("raw netlink: recv");
  std::memcpy(&header, reply.data(), sizeof header);
  std::memcpy(&verdict, &reply[sizeof header], sizeof verdict);
  if (header.nlmsg_type != NLMSG_ERROR || verdict.error != 0) fail("raw netlink: refused");
}

}  // namespace jitgate::bench
