// Before anything that could bring in the older winsock.h.
#include <windows.h>
#include <winsock2.h>

#include <filesystem>

#include "platform/windows/wfp_release.hpp"
#include "platform/windows/windows_handle.hpp"
#include "tests/windows/wfp_fixture.hpp"

namespace jitgate::wfp {
namespace {

constexpr const char* kClient = "198.51.100.10";
constexpr const char* kStranger = "198.51.100.20";

/// The model keeps everything in this file, for the process that is started too.
std::filesystem::path state_file() {
  return std::filesystem::temp_directory_path() / ("wfp-model-" + std::to_string(GetCurrentProcessId()));
}
// Before the model is asked for anything.
const bool kInFile = SetEnvironmentVariableW(L"JITGATE_WFP_MODEL", state_file().wstring().c_str()) != 0;

/// wfp_holder.exe, from its "ready" on.
class Holder {
 public:
  explicit Holder(const std::string& seconds = "3600") {
    SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
    HANDLE read = nullptr;
    HANDLE write = nullptr;
    if (CreatePipe(&read, &write, &inherited, 0) == 0) throw std::runtime_error("CreatePipe");
    WindowsHandle its_output(write);
    WindowsHandle output(read);
    if (CreatePipe(&read, &write, &inherited, 0) == 0) throw std::runtime_error("CreatePipe");
    WindowsHandle its_input(read);
    input_ = WindowsHandle(write);
    SetHandleInformation(input_.get(), HANDLE_FLAG_INHERIT, 0);
    SetHandleInformation(output.get(), HANDLE_FLAG_INHERIT, 0);
    STARTUPINFOA how{};
    how.cb = sizeof how;
    how.dwFlags = STARTF_USESTDHANDLES;
    how.hStdInput = its_input.get();
    how.hStdOutput = its_output.get();
    PROCESS_INFORMATION made{};
    std::string command = "wfp_holder.exe " + seconds;
    if (CreateProcessA(nullptr, command.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &how, &made) == 0)
      throw std::runtime_error("wfp_holder.exe: error " + std::to_string(GetLastError()));
    process_ = WindowsHandle(made.hProcess);
    CloseHandle(made.hThread);
    its_output = WindowsHandle();
    char ready = 0;
    DWORD length = 0;
    if (ReadFile(output.get(), &ready, 1, &length, nullptr) == 0) throw std::runtime_error("wfp_holder.exe failed");
  }
  ~Holder() { kill(); }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;

  void kill() {
    TerminateProcess(process_.get(), 1);
    WaitForSingleObject(process_.get(), INFINITE);
  }
  /// False: not in good time.
  [[nodiscard]] bool ends_by_itself() { return WaitForSingleObject(process_.get(), 20'000) == WAIT_OBJECT_0; }
  void end() {
    input_ = WindowsHandle();
    WaitForSingleObject(process_.get(), INFINITE);
  }

 private:
  WindowsHandle input_;
  WindowsHandle process_;
};

class Process : public WfpTest {
 protected:
  Process() { EXPECT_TRUE(kInFile); }
  ~Process() override {
    std::error_code ignored;
    std::filesystem::remove(state_file(), ignored);
  }
};

TEST_F(Process, ThatIsKilledLosesItsGrantsAndKeepsItsLocks) {
  Holder holder;
  EXPECT_TRUE(passes(kClient));
  EXPECT_FALSE(passes(kStranger));
  holder.kill();
  EXPECT_FALSE(passes(kClient));
  EXPECT_FALSE(passes(kStranger));
  EXPECT_TRUE(passes(Knock{.from = kClient, .established = true}));
  // Started again.
  const Holder another;
  EXPECT_TRUE(passes(kClient));
  EXPECT_FALSE(passes(kStranger));
}

TEST_F(Process, ThatEndsLosesItsGrantsAndKeepsItsLocks) {
  Holder holder;
  holder.end();
  EXPECT_FALSE(passes(kClient));
  EXPECT_FALSE(passes(kStranger));
}

// The grant's filter cannot be deleted, and its session cannot be closed: only the process' end is left.
TEST_F(Process, ThatCannotCloseAGrantEnds) {
  constexpr std::uint32_t kTimeout = 0x80320012;  // FWP_E_TIMEOUT
  Holder holder("3");
  ASSERT_TRUE(passes(kClient));
  model_.fail("FwpmFilterDeleteByKey0", kTimeout, 0, 100);
  model_.fail("FwpmEngineClose0", kTimeout, 0, 100);
  EXPECT_TRUE(holder.ends_by_itself());
  EXPECT_FALSE(passes(kClient));
}

TEST_F(Process, IsReleasedByAnother) {
  {
    const Holder holder;
    ASSERT_TRUE(release_filters());
    EXPECT_TRUE(passes(kStranger));
  }
  EXPECT_TRUE(passes(kStranger));
  ASSERT_TRUE(release_filters());
  EXPECT_EQ(model_.count(), 0U);
}

TEST_F(Process, IsHeardOfByAnother) {
  std::string reason;
  backend_->watch([&](const std::string& why) { reason = why; });
  Lock locked;
  locked.ports = {port(Transport::tcp, 8443)};
  replace(locked);
  const Holder holder;
  EXPECT_TRUE(eventually([&] { return !reason.empty(); }));
}

}  // namespace
}  // namespace jitgate::wfp
