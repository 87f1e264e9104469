#include <fstream>

#include "tests/unit/control/doctor_rig.hpp"

namespace jitgate {
namespace {

using DoctorOfSavedRulesets = DoctorTest;

TEST_F(DoctorOfSavedRulesets, FindsOursInWhatIsLoadedAtBoot) {
  std::ofstream(runtime_.path() + "/nftables.conf") << "table inet jitgate {\n";
  start();
  EXPECT_EQ(codes(), (std::vector<std::string>{"ruleset.saved"}));
}

}  // namespace
}  // namespace jitgate
