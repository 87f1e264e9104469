// A service whose process outlives its last word (tests/windows/service/lingerer.cpp).
#include "platform/windows/service_end.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <chrono>
#include <string>
#include <thread>

#include "platform/windows/service_handle.hpp"
#include "platform/windows/service_setup.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_handle.hpp"
#include "tests/windows/service/lingerer.hpp"

namespace jitgate {
namespace {

using namespace std::chrono_literals;

class ServiceEnd : public testing::Test {
 protected:
  ServiceEnd()
      : program_(own_program()),
        manager_(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ALL_ACCESS)),
        service_(nullptr),
        let_go_(::CreateEventW(nullptr, TRUE, FALSE, kLetGo)) {
    program_ = program_.substr(0, program_.find_last_of('\\')) + "\\lingerer.exe";
  }

  void SetUp() override {
    const std::wstring command = wide_text("\"" + program_ + "\" --config nothing");
    service_ = ServiceHandle(::CreateServiceW(manager_.get(), L"jitgate", L"jitgate", SERVICE_ALL_ACCESS,
                                              SERVICE_WIN32_OWN_PROCESS, SERVICE_DEMAND_START, SERVICE_ERROR_NORMAL,
                                              command.c_str(), nullptr, nullptr, nullptr, nullptr, nullptr));
    // What it removes afterwards is its own only.
    if (!service_ && ::GetLastError() == ERROR_SERVICE_EXISTS) GTEST_SKIP() << "jitgate is installed here";
    ASSERT_TRUE(service_) << ::GetLastError();
    ASSERT_TRUE(::StartServiceW(service_.get(), 0, nullptr)) << ::GetLastError();
    SERVICE_STATUS_PROCESS status{};
    DWORD size = 0;
    while (status.dwCurrentState != SERVICE_RUNNING) {
      ASSERT_TRUE(::QueryServiceStatusEx(service_.get(), SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status),
                                         sizeof status, &size));
      std::this_thread::sleep_for(10ms);
    }
    process_ = WindowsHandle(::OpenProcess(SYNCHRONIZE, FALSE, status.dwProcessId));
    ASSERT_TRUE(process_) << ::GetLastError();
  }
  void TearDown() override {
    if (!service_) return;
    ::SetEvent(let_go_.get());
    static_cast<void>(uninstall_service([] { return Result<void>(); }));
    ::WaitForSingleObject(process_.get(), 10'000);
  }

  void stop() {
    SERVICE_STATUS status{};
    ASSERT_TRUE(::ControlService(service_.get(), SERVICE_CONTROL_STOP, &status)) << ::GetLastError();
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (status.dwCurrentState != SERVICE_STOPPED) {
      ASSERT_LT(std::chrono::steady_clock::now(), end) << "it does not stop";
      ASSERT_TRUE(::QueryServiceStatus(service_.get(), &status));
    }
  }
  /// The process ends, most likely while somebody waits for that already.
  std::jthread let_go_soon() {
    return std::jthread([event = let_go_.get()] {
      std::this_thread::sleep_for(300ms);
      ::SetEvent(event);
    });
  }
  bool has_ended() const { return ::WaitForSingleObject(process_.get(), 0) == WAIT_OBJECT_0; }
  bool is_free() const {
    return static_cast<bool>(WindowsHandle(
        ::CreateFileW(wide_path(program_).c_str(), GENERIC_WRITE, 0, nullptr, OPEN_EXISTING, 0, nullptr)));
  }

  std::string program_;
  ServiceHandle manager_;
  ServiceHandle service_;
  WindowsHandle process_;
  WindowsHandle let_go_;
};

TEST_F(ServiceEnd, IsWhenItsProgramCanBeReplaced) {
  stop();
  EXPECT_FALSE(is_free()) << "that it has stopped does not say so";
  const auto letting_go = let_go_soon();
  const auto ended = await_service_end(20s);
  ASSERT_TRUE(ended) << describe(ended.error());
  EXPECT_TRUE(has_ended());
  EXPECT_TRUE(is_free());
}

TEST_F(ServiceEnd, IsNotAwaitedForever) {
  stop();
  const auto ended = await_service_end(100ms);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, errc::unavailable) << describe(ended.error());
  EXPECT_FALSE(has_ended());
}

TEST_F(ServiceEnd, OfOneThatNobodyStopsIsNotAwaited) {
  EXPECT_TRUE(await_service_end(20s));
  EXPECT_FALSE(has_ended());
}

TEST_F(ServiceEnd, ComesBeforeItsLocksAreTakenAway) {
  bool ended = false;
  const auto letting_go = let_go_soon();
  EXPECT_TRUE(uninstall_service([&] {
    ended = has_ended();
    return Result<void>();
  }));
  EXPECT_TRUE(ended);
  EXPECT_TRUE(await_service_end(20s)) << "what is not there has ended";
}

}  // namespace
}  // namespace jitgate
