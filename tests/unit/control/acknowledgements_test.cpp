#include "agent/control/acknowledgements.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

Exposure exposure(int number, const char* by) {
  return {{Transport::tcp, PortNumber::from(number).value()}, by, 0, {}};
}

TEST(Acknowledgements, AreForOnePortAndOneChain) {
  Acknowledgements known;
  known.add(exposure(22, "ip filter INPUT"));
  EXPECT_TRUE(known.has(exposure(22, "ip filter INPUT")));
  EXPECT_FALSE(known.has(exposure(23, "ip filter INPUT")));
  EXPECT_FALSE(known.has(exposure(22, "ip6 filter INPUT")));
}

TEST(Acknowledgements, ComeBackFromTheirText) {
  Acknowledgements known;
  known.add(exposure(22, "ip filter INPUT"));
  known.add(exposure(3389, "inet firewalld filter_INPUT"));
  const Acknowledgements again = Acknowledgements::parse(known.text());
  EXPECT_EQ(again.text(), known.text());
  EXPECT_TRUE(again.has(exposure(3389, "inet firewalld filter_INPUT")));
  EXPECT_EQ(Acknowledgements::parse("").text(), "");
}

}  // namespace
}  // namespace jitgate
