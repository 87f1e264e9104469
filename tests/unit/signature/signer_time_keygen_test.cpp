#include <gtest/gtest.h>

#include "agent/signature/signer_time.hpp"
#include "agent/signature/verify.hpp"
#include "tests/host/local_zone.hpp"
#include "tests/unit/signature/ssh_keygen.hpp"

namespace jitgate::signature {
namespace {

TEST(SignerTimeOfKeygen, IsWhatSshKeygenTakesItFor) {
  const LocalZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
  const SshKeygen keygen;
  keygen.make_key("ann", "ed25519");
  const std::string signature = keygen.sign("ann", "x");
  for (const std::string time : {"20260701", "202601151200", "20260701120000", "20260329023000", "20261025023000"}) {
    const std::string allowed = "ann valid-after=\"" + time + "\" " + keygen.public_key("ann");
    const Keys keys{parse_allowed_signers(allowed, "signers").value()};
    const WallTime from{std::chrono::seconds(parse_signer_time(time).value())};
    for (const int offset : {-1, 0}) {
      const WallTime at = from + std::chrono::seconds(offset);
      EXPECT_EQ(keygen.verifies(allowed, "ann", "x", signature, at), offset == 0) << time << " " << offset;
      EXPECT_EQ(verify("x", signature, "ann", keys, at).has_value(), offset == 0) << time << " " << offset;
    }
  }
}

}  // namespace
}  // namespace jitgate::signature
