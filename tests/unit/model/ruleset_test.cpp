#include "agent/model/ruleset.hpp"

#include <gtest/gtest.h>

#include <unordered_set>

namespace jitgate {
namespace {

TEST(AllowKeyHash, TellsNeighboursApart) {
  std::unordered_set<std::size_t> hashes;
  std::size_t keys = 0;
  const std::array sources{"10.0.0.0", "10.0.0.1", "10.0.0.0/31", "10.0.0.0/24", "::", "::/31", "2001:db8::1"};
  for (const char* source : sources) {
    for (const Transport transport : {Transport::tcp, Transport::udp}) {
      for (const int number : {22, 23, 5632}) {
        const AllowKey key{AddressPrefix::parse(source).value(), {transport, PortNumber::from(number).value()}};
        hashes.insert(AllowKeyHash{}(key));
        EXPECT_EQ(AllowKeyHash{}(key), AllowKeyHash{}(AllowKey{key}));
        ++keys;
      }
    }
  }
  EXPECT_EQ(hashes.size(), keys);
}

}  // namespace
}  // namespace jitgate
