#include "platform/linux/table_release.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

#include "platform/linux/owner_probe.hpp"
#include "tests/netns/nft_fixture.hpp"

namespace jitgate::netns {
namespace {

class Release : public NftTest {
 protected:
  Result<void> release() {
    return network_.server.run([] { return release_table(); });
  }
  bool present() { return network_.server.check({"nft", "list", "tables"}).find("jitgate") != std::string::npos; }
};

TEST_F(Release, AMissingTableIsSuccess) {
  EXPECT_TRUE(release());
}

TEST_F(Release, DeletesOwnedOrphanedAndUnownedTables) {
  replace(lock());
  EXPECT_TRUE(release());
  EXPECT_FALSE(present());
  replace(lock());
  backend_.reset();
  EXPECT_TRUE(release());
  EXPECT_FALSE(present());
  backend_ = make_backend(false);
  replace(lock());
  EXPECT_TRUE(release());
  EXPECT_FALSE(present());
}

TEST_F(Release, LeavesOtherTablesAlone) {
  network_.server.check({"nft", "-f", "-"}, "table inet other { }; table ip jitgate { };");
  replace(lock());
  EXPECT_TRUE(release());
  EXPECT_EQ(network_.server.check({"nft", "list", "tables"}), "table inet other\ntable ip jitgate\n");
}

TEST_F(Release, TheOwnerSeesSomebodyElsesChange) {
  std::string told;
  backend_->watch([&](const std::string& reason) { told = reason; });
  replace(lock());
  EXPECT_TRUE(release());
  backend_->drain_events();
  EXPECT_EQ(told.find("changed by "), 0U);
  // And its socket is in order.
  replace(lock());
  EXPECT_TRUE(backend_->read().value().static_rules_intact);
}

TEST_F(Release, WorksWhileTheOwnerIsStopped) {
  std::array<int, 2> ready{};
  ASSERT_EQ(::pipe2(ready.data(), O_CLOEXEC), 0);
  const pid_t owner = ::fork();
  ASSERT_GE(owner, 0);
  if (owner == 0) {
    network_.server.enter();
    boost::asio::io_context io;
    const auto backend = make_nft_backend({clock_}, io);
    const char said = backend && (*backend)->commit(ReplaceTable{lock(), {}}) ? 'y' : 'n';
    if (::write(ready[1], &said, 1) != 1) ::_exit(1);
    while (true) ::pause();
  }
  char said = 'n';
  ASSERT_EQ(::read(ready[0], &said, 1), 1);
  ASSERT_EQ(said, 'y');
  ::kill(owner, SIGSTOP);
  int status = 0;
  ASSERT_EQ(::waitpid(owner, &status, WUNTRACED), owner);
  EXPECT_EQ(network_.server.exec({"nft", "delete", "table", "inet", "jitgate"}).status, 1);
  const Result<void> released = release();
  EXPECT_TRUE(released) << describe(released.error());
  EXPECT_FALSE(present());
  ::kill(owner, SIGKILL);
  ::waitpid(owner, &status, 0);
  ::close(ready[0]);
  ::close(ready[1]);
}

// A descriptor that is on its way through a Unix socket is open, but no process has it.
TEST_F(Release, AnOwnerThatCannotBeReachedIsAClearError) {
  replace(lock());
  std::array<int, 2> channel{};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, channel.data()), 0);
  const Socket near(channel[0]);
  Socket far(channel[1]);
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  const int fd = backend_->owner_socket();
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  ASSERT_EQ(::sendmsg(near.fd(), &message, 0), 1);
  backend_.reset();
  const Result<void> refused = release();
  ASSERT_FALSE(refused);
  EXPECT_NE(describe(refused.error()).find("no process that can be looked into holds it"), std::string::npos)
      << describe(refused.error());
  EXPECT_TRUE(present());
  far = Socket();
  EXPECT_TRUE(release());
  EXPECT_FALSE(present());
}

TEST(OwnerProbe, AsksTheInstalledLibraryWithoutTouchingTheKernel) {
  const NetworkNamespace ns;
  const OwnerProbe installed = ns.run([] { return probe_table_owner(); });
  const std::string version = ns.check({"nft", "--version"});
  if (version.find("v1.0.6") != std::string::npos) {
    EXPECT_FALSE(installed.own);
  }
  EXPECT_FALSE(installed.reason.empty());
  EXPECT_EQ(ns.check({"nft", "list", "ruleset"}), "");
}

TEST(OwnerProbe, WithoutALibraryNothingCanSaveARuleset) {
  EXPECT_TRUE(probe_table_owner("libjitgate-none.so.1").own);
}

TEST(OwnerProbe, ALibraryThatIsNoNftDoesNotCount) {
  EXPECT_FALSE(probe_table_owner("libm.so.6").own);
}

}  // namespace
}  // namespace jitgate::netns
