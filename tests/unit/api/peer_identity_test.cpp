#include "platform/peer_identity.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <numeric>
#include <string>
#include <vector>

#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

TEST(PeerIdentity, IsOurselvesOverASocketPair) {
  int ends[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const group* own = getgrgid(getgid());
  const std::string own_group = own != nullptr ? own->gr_name : "";
  const Result<PeerIdentity> peer = identify_peer(ends[0], {"jitgate-no-such-group", own_group});
  close(ends[0]);
  close(ends[1]);
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->uid, getuid());
  EXPECT_EQ(peer->pid, getpid());
  if (const passwd* entry = getpwuid(getuid())) {
    EXPECT_EQ(peer->user, entry->pw_name);
  }
  if (own != nullptr) {
    EXPECT_EQ(peer->groups, std::vector{own_group});
  }
}

TEST(PeerIdentity, FailsOnWhatIsNoSocket) {
  const Result<PeerIdentity> peer = identify_peer(-1, {});
  ASSERT_FALSE(peer);
  EXPECT_EQ(peer.error().code, errc::system_failed);
}

/// Runs `task` in a child that has given up root for this user and these groups, and returns what it returns.
template <class Task>
int as_user(uid_t uid, gid_t gid, std::vector<gid_t> groups, Task task) {
  const pid_t child = fork();
  if (child == 0) {
    if (setgroups(groups.size(), groups.data()) != 0 || setgid(gid) != 0 || setuid(uid) != 0) _exit(255);
    _exit(task());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/// The status of a call, in a unit that fits into an exit status.
int hundredths(const std::string& socket, const std::string& bytes) {
  try {
    return static_cast<int>(call(socket, bytes).status % 256);
  } catch (...) {
    return 254;
  }
}

class RealPeers : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root to become somebody else";
    const group* adm = getgrnam("adm");
    if (adm == nullptr) GTEST_SKIP() << "there is no group adm";
    adm_ = adm->gr_gid;
    api_.options.identify = identify_peer;
    std::filesystem::permissions(api_.directory().path(), std::filesystem::perms::all);
    api_.start();
  }

  gid_t adm_ = 0;
  RunningApi api_;
};

constexpr uid_t kNobodysId = 54321;

TEST_F(RealPeers, GetTheirRoleFromASupplementaryGroup) {
  EXPECT_EQ(as_user(kNobodysId, kNobodysId, {adm_}, [&] { return hundredths(api_.socket(), get("/v1/status")); }), 200);
}

TEST_F(RealPeers, GetTheirRoleFromTheirPrimaryGroup) {
  EXPECT_EQ(as_user(kNobodysId, adm_, {}, [&] { return hundredths(api_.socket(), get("/v1/status")); }), 200);
}

TEST_F(RealPeers, AreNotLookedUpGroupByGroup) {
  // As many as a process may give itself, where it may give itself any (NGROUPS_MAX).
  std::vector<gid_t> many(65'535);
  std::iota(many.begin(), many.end(), gid_t{100'000});
  many.push_back(adm_);
  EXPECT_EQ(as_user(kNobodysId, kNobodysId, many, [&] { return hundredths(api_.socket(), get("/v1/status")); }), 200);
}

TEST_F(RealPeers, WithoutAGroupAreRefusedAndNamedByTheirId) {
  EXPECT_EQ(as_user(kNobodysId, kNobodysId, {}, [&] { return hundredths(api_.socket(), get("/v1/status")); }),
            403 % 256);
  EXPECT_EQ(api_.on_loop([&] { return api_.agent.refusals.at(0).caller.name; }), "uid:54321");
}

TEST_F(RealPeers, RootAdministersByTheDefaultRules) {
  EXPECT_EQ(call(api_.socket(), post("/v1/disable", "{}")).status, 200u);
}

}  // namespace
}  // namespace jitgate
