#include "agent/model/address_prefix.hpp"
#include "tests/fuzz/check.hpp"

using jitgate::AddressPrefix;
using jitgate::fuzz::check;

namespace {

void check_bytes(const std::uint8_t* data, std::size_t size) {
  if (size < 17) return;
  const AddressPrefix v6 = AddressPrefix::of({data, 16}, data[16] % 129);
  check(AddressPrefix::parse(v6.to_string()).value() == v6, "a prefix made of bytes survives its text");
  const AddressPrefix v4 = AddressPrefix::of({data, 4}, data[16] % 33);
  check(AddressPrefix::parse(v4.to_string()).value() == v4, "an IPv4 prefix made of bytes survives its text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check_bytes(data, size);
  const auto prefix = AddressPrefix::parse(jitgate::fuzz::text_of(data, size));
  if (!prefix) {
    check(!prefix.error().message.empty(), "a refusal has a reason");
    return 0;
  }
  check(AddressPrefix::parse(prefix->to_string()).value() == *prefix, "canonical text means the same prefix");
  check(AddressPrefix::of(prefix->bytes(), prefix->length()) == *prefix, "no host bit is set");
  check(prefix->contains(*prefix), "a prefix contains itself");
  check(AddressPrefix::any(prefix->family()).contains(*prefix), "every prefix lies in the one of length 0");
  return 0;
}
