#include "platform/windows/service_process.hpp"

#include <array>
#include <optional>

#include "platform/windows/event_log.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"

namespace jitgate {
namespace {

constexpr DWORD kWaitHint = 30'000;  // milliseconds

/// ServiceMain gets no argument of ours; one process is one service.
ServiceProcess* this_process = nullptr;

bool is_resume(DWORD power_event) {
  return power_event == PBT_APMRESUMEAUTOMATIC || power_event == PBT_APMRESUMESUSPEND;
}

std::optional<ServiceEvent> event_of(DWORD code, DWORD type) {
  switch (code) {
    case SERVICE_CONTROL_STOP:
    case SERVICE_CONTROL_SHUTDOWN:
    case SERVICE_CONTROL_PRESHUTDOWN:
      return ServiceEvent::stop;
    case SERVICE_CONTROL_PARAMCHANGE:
    case kReloadControl:
      return ServiceEvent::reload;
    case SERVICE_CONTROL_TIMECHANGE:
      return ServiceEvent::clock;
    case SERVICE_CONTROL_POWEREVENT:
      if (is_resume(type)) return ServiceEvent::clock;
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<int> ServiceProcess::run(std::function<int(ServiceProcess&)> work) {
  ServiceProcess process(std::move(work));
  this_process = &process;
  std::wstring name = wide_text(kServiceName);
  const std::array<SERVICE_TABLE_ENTRYW, 2> table{{{name.data(), &ServiceProcess::service_main}, {nullptr, nullptr}}};
  const BOOL served = ::StartServiceCtrlDispatcherW(table.data());
  const DWORD why = served != FALSE ? ERROR_SUCCESS : ::GetLastError();
  this_process = nullptr;
  if (why == ERROR_SUCCESS) return process.exit_status_;
  if (why == ERROR_FAILED_SERVICE_CONTROLLER_CONNECT)
    return error(errc::unavailable, "the service manager did not start this process; --console runs it by hand");
  return windows_error(why, "cannot talk to the service manager");
}

void WINAPI ServiceProcess::service_main(DWORD, wchar_t**) {
  this_process->perform();
}

void ServiceProcess::perform() {
  status_ = ::RegisterServiceCtrlHandlerExW(wide_text(kServiceName).c_str(), &ServiceProcess::control, this);
  if (status_ == nullptr) return;
  starting();
  try {
    exit_status_ = work_(*this);
  } catch (const std::exception& broken) {
    static_cast<void>(EventLog().report(EventSeverity::error, broken.what()));
  }
  listen({});
  report_end();
}

/// The dispatcher's thread may destroy this object as soon as the manager has heard: nothing of it is touched after.
void ServiceProcess::report_end() {
  SERVICE_STATUS status{};
  status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  status.dwCurrentState = SERVICE_STOPPED;
  status.dwWin32ExitCode = exit_status_ == 0 ? NO_ERROR : ERROR_SERVICE_SPECIFIC_ERROR;
  status.dwServiceSpecificExitCode = static_cast<DWORD>(exit_status_);
  SERVICE_STATUS_HANDLE handle = status_;
  {
    const std::lock_guard held(mutex_);
    state_ = SERVICE_STOPPED;
  }
  ::SetServiceStatus(handle, &status);
}

DWORD WINAPI ServiceProcess::control(DWORD code, DWORD type, void*, void* self) {
  if (code == SERVICE_CONTROL_INTERROGATE) return NO_ERROR;
  auto& process = *static_cast<ServiceProcess*>(self);
  const auto event = event_of(code, type);
  if (!event) return code == SERVICE_CONTROL_POWEREVENT ? NO_ERROR : ERROR_CALL_NOT_IMPLEMENTED;
  if (*event == ServiceEvent::stop) process.stopping();
  process.tell(*event);
  return NO_ERROR;
}

void ServiceProcess::tell(ServiceEvent event) {
  const std::lock_guard held(mutex_);
  if (on_event_) return on_event_(event);
  stop_came_ = stop_came_ || event == ServiceEvent::stop;
  reload_came_ = reload_came_ || event == ServiceEvent::reload;
}

void ServiceProcess::listen(std::function<void(ServiceEvent)> on_event) {
  const std::lock_guard held(mutex_);
  on_event_ = std::move(on_event);
  if (!on_event_) return;
  if (std::exchange(reload_came_, false)) on_event_(ServiceEvent::reload);
  if (std::exchange(stop_came_, false)) on_event_(ServiceEvent::stop);
}

void ServiceProcess::starting() {
  const std::lock_guard held(mutex_);
  report(SERVICE_START_PENDING);
}

void ServiceProcess::running() {
  const std::lock_guard held(mutex_);
  if (state_ != SERVICE_STOP_PENDING) report(SERVICE_RUNNING);
}

void ServiceProcess::stopping() {
  const std::lock_guard held(mutex_);
  report(SERVICE_STOP_PENDING);
}

/// With the mutex held. The manager hears no more of a service that has ended.
void ServiceProcess::report(DWORD state) {
  if (state_ == SERVICE_STOPPED) return;
  const bool pending = state == SERVICE_START_PENDING || state == SERVICE_STOP_PENDING;
  checkpoint_ = !pending ? 0 : state == state_ ? checkpoint_ + 1 : 1;
  state_ = state;
  SERVICE_STATUS status{};
  status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  status.dwCurrentState = state;
  if (state == SERVICE_RUNNING)
    status.dwControlsAccepted = SERVICE_ACCEPT_STOP | SERVICE_ACCEPT_SHUTDOWN | SERVICE_ACCEPT_PRESHUTDOWN |
                                SERVICE_ACCEPT_PARAMCHANGE | SERVICE_ACCEPT_POWEREVENT | SERVICE_ACCEPT_TIMECHANGE;
  status.dwCheckPoint = checkpoint_;
  status.dwWaitHint = pending ? kWaitHint : 0;
  ::SetServiceStatus(status_, &status);
}

}  // namespace jitgate
