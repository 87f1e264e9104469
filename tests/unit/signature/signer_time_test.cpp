#include "agent/signature/signer_time.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <time.h>

#include <optional>

#include "agent/signature/verify.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

/// The zone of this process and its children, as long as it lives.
class LocalZone {
 public:
  explicit LocalZone(const char* zone) {
    if (const char* before = ::getenv("TZ")) before_ = before;
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  LocalZone(const LocalZone&) = delete;
  LocalZone& operator=(const LocalZone&) = delete;
  ~LocalZone() {
    if (before_) {
      ::setenv("TZ", before_->c_str(), 1);
    } else {
      ::unsetenv("TZ");
    }
    ::tzset();
  }

 private:
  std::optional<std::string> before_;
};

std::uint64_t seconds(std::string_view text) {
  const auto parsed = parse_signer_time(text);
  return parsed ? *parsed : 0;
}

TEST(SignerTime, IsUtcWithAZone) {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(seconds("20260101Z"), 1767225600U);
  EXPECT_EQ(seconds("20260101UTC"), 1767225600U);
  EXPECT_EQ(seconds("202601010130Z"), 1767231000U);
  EXPECT_EQ(seconds("20260101013059z"), 1767231059U);
}

TEST(SignerTime, IsLocalWithoutOne) {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  EXPECT_EQ(seconds("20260101"), 1767225600U - 3600);
  // Daylight saving is not regarded, as ssh-keygen does not.
  EXPECT_EQ(seconds("20260701"), seconds("20260701Z") - 3600);
}

TEST(SignerTime, IsWhatSshKeygenTakesItFor) {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const SshKeygen keygen;
  keygen.make_key("ann", "ed25519");
  const std::string signature = keygen.sign("ann", "x");
  for (const std::string time : {"20260701", "202601151200", "20260701120000", "20260329023000", "20261025023000"}) {
    const std::string allowed = "ann valid-after=\"" + time + "\" " + keygen.public_key("ann");
    const Keys keys{parse_allowed_signers(allowed, "signers").value()};
    const WallTime from{std::chrono::seconds(seconds(time))};
    for (const int offset : {-1, 0}) {
      const WallTime at = from + std::chrono::seconds(offset);
      EXPECT_EQ(keygen.verifies(allowed, "ann", "x", signature, at), offset == 0) << time << " " << offset;
      EXPECT_EQ(verify("x", signature, "ann", keys, at).has_value(), offset == 0) << time << " " << offset;
    }
  }
}

TEST(SignerTime, ThatCannotBeIsRefused) {
  for (const std::string_view text : {"",
                                      "Z",
                                      "UTC",
                                      "2026",
                                      "2026010",
                                      "20260101T",
                                      "202601011",
                                      "2026010112345",
                                      "20261301Z",
                                      "20260230Z",
                                      "20260001Z",
                                      "202601012400Z",
                                      "202601011260Z",
                                      "20260101120060Z",
                                      "+2026101Z",
                                      " 20260101",
                                      "19700101Z",
                                      "19690101Z",
                                      "20260101+1",
                                      "20260101ZZ"}) {
    EXPECT_FALSE(parse_signer_time(text)) << text;
  }
}

}  // namespace
}  // namespace jitgate::signature
