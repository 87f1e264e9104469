#pragma once

#include <windows.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

/// What the service manager tells us of.
enum class ServiceEvent : std::uint8_t {
  stop,    ///< stop, shutdown, preshutdown
  reload,  ///< "paramchange", or kReloadControl
  clock,   ///< the clock was set, or the machine resumed from sleep
};

/// `sc.exe control jitgate 128` reloads, as `paramchange` does.
inline constexpr std::uint32_t kReloadControl = 128;

/// This process as the service manager's (learn.microsoft.com, "Service Programs"). Thread-safe: controls come on a
/// thread of the manager's.
class ServiceProcess {
 public:
  /// Hands the calling thread to the service manager, and runs `work` on another as the service; returns when that has
  /// ended, with its exit status, of which the manager is told. errc::unavailable: nobody started us as a service.
  [[nodiscard]] static Result<int> run(std::function<int(ServiceProcess&)> work);

  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  /// `on_event` from now on, on any thread, until it is replaced; what came before is told at once. Empty: nobody.
  void listen(std::function<void(ServiceEvent)> on_event);

  /// Still at it: the manager waits for 30 s more.
  void starting();
  void running();
  void stopping();

 private:
  explicit ServiceProcess(std::function<int(ServiceProcess&)> work) : work_(std::move(work)) {}
  static void WINAPI service_main(DWORD count, wchar_t** arguments);
  static DWORD WINAPI control(DWORD code, DWORD type, void* data, void* self);
  void perform();
  void tell(ServiceEvent event);
  void report(DWORD state);
  void report_end();

  std::function<int(ServiceProcess&)> work_;
  int exit_status_ = 1;
  std::mutex mutex_;
  SERVICE_STATUS_HANDLE status_ = nullptr;
  DWORD state_ = SERVICE_START_PENDING;
  DWORD checkpoint_ = 0;
  std::function<void(ServiceEvent)> on_event_;
  bool stop_came_ = false;
  bool reload_came_ = false;
};

}  // namespace jitgate
