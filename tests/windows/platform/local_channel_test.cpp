#include "platform/local_channel.hpp"

#include <array>
#include <thread>

#include "platform/windows/windows_handle.hpp"
#include "windows_fixture.hpp"

namespace jitgate::test {
namespace {

const std::string kPipe = R"(\\.\pipe\jitgate-test-)" + std::to_string(::GetCurrentProcessId());

/// A server of one client, who gets back what it sends, in two pieces.
class Echo {
 public:
  Echo()
      : pipe_(::CreateNamedPipeW(wide_text(kPipe).c_str(), PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE | PIPE_WAIT, 1, 4096,
                                 4096, 0, nullptr)),
        serving_([this] { serve(); }) {}
  ~Echo() { serving_.join(); }

 private:
  void serve() {
    if (::ConnectNamedPipe(pipe_.get(), nullptr) == 0 && ::GetLastError() != ERROR_PIPE_CONNECTED) return;
    std::array<char, 64> bytes{};
    DWORD size = 0;
    DWORD written = 0;
    if (::ReadFile(pipe_.get(), bytes.data(), static_cast<DWORD>(bytes.size()), &size, nullptr) == 0) return;
    ::WriteFile(pipe_.get(), bytes.data(), 2, &written, nullptr);
    ::WriteFile(pipe_.get(), bytes.data() + 2, size - 2, &written, nullptr);
    ::FlushFileBuffers(pipe_.get());
    ::DisconnectNamedPipe(pipe_.get());
  }

  WindowsHandle pipe_;
  std::thread serving_;
};

TEST(LocalChannel, WritesAndReadsWhatIsAskedFor) {
  const Echo echo;
  const auto channel = open_local_channel(kPipe);
  ASSERT_TRUE(succeeds(channel));
  ASSERT_TRUE(succeeds((*channel)->write("hello")));
  EXPECT_EQ((*channel)->read(5).value(), "hello");
  EXPECT_TRUE(fails_with((*channel)->read(1), errc::system_failed, "")) << "the other side has ended";
}

TEST(LocalChannel, APipeThatNobodyServesIsReported) {
  EXPECT_TRUE(fails_with(open_local_channel(R"(\\.\pipe\jitgate-test-nobody)"), errc::system_failed, ""));
}

}  // namespace
}  // namespace jitgate::test
