#include "agent/api/unix_listener.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "tests/scratch_directory.hpp"
#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

namespace fs = std::filesystem;

class UnixListener : public testing::Test {
 protected:
  std::string path() const { return directory_.file("run/agent.sock"); }

  boost::asio::io_context context_;
  ScratchDirectory directory_;
};

TEST_F(UnixListener, MakesDirectoryAndSocketForEverybodyToReach) {
  const Result<UnixAcceptor> acceptor = listen_at(context_, path());
  ASSERT_TRUE(acceptor) << describe(acceptor.error());
  struct stat status {};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 07777, 0666u);
  ASSERT_EQ(stat(directory_.file("run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0755u);
}

TEST_F(UnixListener, ReplacesASocketThatNobodyAnswersOn) {
  { ASSERT_TRUE(listen_at(context_, path())); }
  ASSERT_TRUE(fs::exists(path())) << "closing leaves the file, as a crash does";
  EXPECT_TRUE(listen_at(context_, path()));
}

TEST_F(UnixListener, LeavesASocketThatSomebodyAnswersOn) {
  const Result<UnixAcceptor> first = listen_at(context_, path());
  ASSERT_TRUE(first);
  const Result<UnixAcceptor> second = listen_at(context_, path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::conflict);
  EXPECT_NO_THROW(RawClient{path()});
}

TEST_F(UnixListener, LeavesAFileThatIsNoSocket) {
  fs::create_directories(directory_.file("run"));
  std::ofstream(path()) << "precious";
  const Result<UnixAcceptor> acceptor = listen_at(context_, path());
  ASSERT_FALSE(acceptor);
  EXPECT_EQ(acceptor.error().code, errc::system_failed);
  EXPECT_TRUE(fs::is_regular_file(path()));
}

TEST_F(UnixListener, FollowsNoSymbolicLink) {
  fs::create_directories(directory_.file("run"));
  fs::create_symlink(directory_.file("elsewhere.sock"), path());
  EXPECT_FALSE(listen_at(context_, path()));
  EXPECT_TRUE(fs::is_symlink(path()));
  EXPECT_FALSE(fs::exists(directory_.file("elsewhere.sock")));
}

TEST_F(UnixListener, RefusesAPathThatIsTooLong) {
  const Result<UnixAcceptor> acceptor = listen_at(context_, "/tmp/" + std::string(200, 'a'));
  ASSERT_FALSE(acceptor);
  EXPECT_EQ(acceptor.error().code, errc::invalid_argument);
  EXPECT_FALSE(listen_at(context_, ""));
}

TEST_F(UnixListener, AnAdoptedSocketServesAndItsFileStays) {
  const std::string bound = directory_.file("adopted.sock");
  const int descriptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, bound.c_str(), bound.size());
  ASSERT_EQ(bind(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(descriptor, 8), 0);
  {
    RunningApi api;
    api.options.listening_fd = descriptor;
    api.start();
    EXPECT_EQ(call(bound, get("/healthz")).status, 200u);
  }
  EXPECT_TRUE(fs::exists(bound));
}

}  // namespace
}  // namespace jitgate
