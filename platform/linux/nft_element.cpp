#include "platform/linux/nft_element.hpp"
#include "platform/linux/nft_chains.hpp"

#include <arpa/inet.h>
#include <endian.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>

#include <algorithm>
#include <cstring>

namespace jitgate::nft {
namespace {

// Above about 1,800 elements the list's 16-bit length overflows; this many of the longest stay below
// Batch::kMaxMessage.
constexpr std::size_t kElementsPerMessage = 400;
// For an element that is deleted in the same transaction: no packet ever sees it.
constexpr Milliseconds kMomentary{60'000};

void append_port(ElementKey& key, const TransportPort& port) {
  key.bytes[key.size] = static_cast<std::byte>(port.transport);
  const std::uint16_t number = htons(port.number.value());
  std::memcpy(&key.bytes[key.size + 4], &number, sizeof number);
  key.size += 8;
}

}  // namespace

std::optional<Milliseconds> timeout_until(BootTime deadline, BootTime now) {
  if (deadline <= now) return std::nullopt;
  const auto left = std::chrono::floor<Milliseconds>(deadline - now);
  return left < kShortestTimeout ? std::nullopt : std::optional(left);
}

ElementKey ElementKey::of(const AllowKey& key) {
  ElementKey encoded;
  if (key.source.length() != 0) {
    const std::span<const std::uint8_t> address = key.source.bytes();
    std::memcpy(encoded.bytes.data(), address.data(), address.size());
    encoded.size = address.size();
  }
  append_port(encoded, key.port);
  return encoded;
}

ElementKey ElementKey::of(const TransportPort& port) {
  ElementKey encoded;
  append_port(encoded, port);
  return encoded;
}

std::optional<TransportPort> parse_locked_key(std::span<const std::byte> key) {
  if (key.size() != 8) return std::nullopt;
  const auto transport = static_cast<Transport>(key[0]);
  const std::span<const Transport> known = transports(Protocol::any);
  if (std::find(known.begin(), known.end(), transport) == known.end()) return std::nullopt;
  std::uint16_t number = 0;
  std::memcpy(&number, &key[4], sizeof number);
  const Result<PortNumber> port = PortNumber::from(ntohs(number));
  if (!port) return std::nullopt;
  return TransportPort{transport, *port};
}

nlattr* begin_elements(nlmsghdr* message, const char* set) {
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, kTable);
  mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set);
  return mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
}

void put_key(nlmsghdr* message, std::span<const std::byte> key) {
  nlattr* outer = mnl_attr_nest_start(message, NFTA_SET_ELEM_KEY);
  mnl_attr_put(message, NFTA_DATA_VALUE, key.size(), key.data());
  mnl_attr_nest_end(message, outer);
}

void ElementWriter::open(Operation operation, const AllowSet& set, const AllowKey* key) {
  close();
  const std::uint16_t flags = operation == Operation::delete_element   ? 0
                              : operation == Operation::create_element ? NLM_F_CREATE | NLM_F_EXCL
                                                                       : NLM_F_CREATE;
  const std::uint16_t type = operation == Operation::delete_element ? NFT_MSG_DELSETELEM : NFT_MSG_NEWSETELEM;
  message_ = batch_.add(operation, type, flags, {}, key);
  list_ = begin_elements(message_, set.name().c_str());
  count_ = 0;
}

void ElementWriter::append(std::span<const std::byte> key, std::optional<Milliseconds> timeout) {
  nlattr* element = mnl_attr_nest_start(message_, NFTA_LIST_ELEM);
  put_key(message_, key);
  if (timeout) {
    // Both: an element that is updated with the same time-out alone would not start again.
    const std::uint64_t milliseconds = htobe64(timeout->count());
    mnl_attr_put_u64(message_, NFTA_SET_ELEM_TIMEOUT, milliseconds);
    mnl_attr_put_u64(message_, NFTA_SET_ELEM_EXPIRATION, milliseconds);
  }
  mnl_attr_nest_end(message_, element);
  ++count_;
}

void ElementWriter::create(const AllowKey& key, Milliseconds timeout) {
  const AllowSet set = AllowSet::of(key);
  if (creating_ != set || count_ == kElementsPerMessage) {
    open(Operation::create_element, set, nullptr);
    creating_ = set;
  }
  batch_.mark_element(key);
  append(ElementKey::of(key).view(), timeout);
}

void ElementWriter::replace(const AllowKey& key, Milliseconds timeout) {
  remove(key);
  open(Operation::create_element, AllowSet::of(key), &key);
  append(ElementKey::of(key).view(), timeout);
  close();
}

void ElementWriter::remove(const AllowKey& key) {
  const ElementKey encoded = ElementKey::of(key);
  open(Operation::put_element, AllowSet::of(key), &key);
  append(encoded.view(), kMomentary);
  open(Operation::delete_element, AllowSet::of(key), &key);
  append(encoded.view(), std::nullopt);
  close();
}

void ElementWriter::lock(const TransportPort& port, std::optional<Milliseconds> timeout) {
  close();
  message_ = batch_.add(Operation::put_element, NFT_MSG_NEWSETELEM, NLM_F_CREATE,
                        std::string(to_string(port.transport)) + " " + std::to_string(port.number.value()));
  list_ = begin_elements(message_, kLockedSet);
  append(ElementKey::of(port).view(), timeout);
  close();
}

void ElementWriter::close() {
  if (message_ != nullptr) mnl_attr_nest_end(message_, list_);
  message_ = nullptr;
  list_ = nullptr;
  creating_.reset();
}

}  // namespace jitgate::nft
