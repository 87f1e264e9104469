#include "platform/windows/service_setup.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "platform/windows/event_log.hpp"
#include "platform/windows/service_handle.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {
namespace {

constexpr const wchar_t* kDisplayName = L"jitgate just-in-time access";
constexpr wchar_t kDescription[] =
    L"Keeps the ports of a policy locked, and opens them for approved, time-limited grants.";
constexpr wchar_t kDependencies[] = L"BFE\0";    // a list, each ended by a null
constexpr DWORD kForgetFailures = 24 * 60 * 60;  // seconds
constexpr DWORD kPreshutdown = 10'000;           // milliseconds
constexpr std::chrono::seconds kStopLimit(30);
constexpr std::chrono::milliseconds kStopPoll(100);

/// Quoted as CommandLineToArgvW reads it: neither path has a quotation mark (Windows allows none in file names).
std::wstring command_line(const ServiceSetup& setup) {
  return L"\"" + wide_text(setup.program) + L"\" --config \"" + wide_text(setup.configuration) + L"\"";
}

Result<ServiceHandle> create_or_update(SC_HANDLE manager, const ServiceSetup& setup) {
  const std::wstring name = wide_text(kServiceName);
  const std::wstring command = command_line(setup);
  ServiceHandle service(::CreateServiceW(manager, name.c_str(), kDisplayName, SERVICE_ALL_ACCESS,
                                         SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                                         command.c_str(), nullptr, nullptr, kDependencies, nullptr, nullptr));
  if (service) return service;
  if (::GetLastError() != ERROR_SERVICE_EXISTS) return last_windows_error("cannot make the service");
  service = ServiceHandle(::OpenServiceW(manager, name.c_str(), SERVICE_ALL_ACCESS));
  if (!service) return last_windows_error("cannot change the service");
  if (::ChangeServiceConfigW(service.get(), SERVICE_WIN32_OWN_PROCESS, SERVICE_AUTO_START, SERVICE_ERROR_NORMAL,
                             command.c_str(), nullptr, nullptr, kDependencies, nullptr, nullptr, kDisplayName) == FALSE)
    return last_windows_error("cannot change the service");
  return service;
}

/// The options of a service, one after the other, until one cannot be set.
class Options {
 public:
  explicit Options(SC_HANDLE service) : service_(service) {}

  void set(DWORD level, void* value, const char* failure) {
    if (failed_ || ::ChangeServiceConfig2W(service_, level, value) != FALSE) return;
    const bool unknown = ::GetLastError() == ERROR_INVALID_LEVEL;
    auto why = last_windows_error(failure);
    if (unknown) {
      unknown_.push_back(std::move(why));
    } else {
      failed_ = std::move(why);
    }
  }

  [[nodiscard]] const std::optional<Error>& failed() const { return failed_; }
  [[nodiscard]] const std::vector<Error>& unknown() const { return unknown_; }

 private:
  SC_HANDLE service_;
  std::optional<Error> failed_;
  std::vector<Error> unknown_;
};

void set_recovery(Options& options) {
  std::array<SC_ACTION, 3> actions{
      {{SC_ACTION_RESTART, 1'000}, {SC_ACTION_RESTART, 5'000}, {SC_ACTION_RESTART, 30'000}}};
  SERVICE_FAILURE_ACTIONSW failures{};
  failures.dwResetPeriod = kForgetFailures;
  failures.cActions = static_cast<DWORD>(actions.size());
  failures.lpsaActions = actions.data();
  options.set(SERVICE_CONFIG_FAILURE_ACTIONS, &failures, "cannot set the recovery actions");
  // An exit status that is not zero is a failure too, not only a crash.
  SERVICE_FAILURE_ACTIONS_FLAG any_failure{TRUE};
  options.set(SERVICE_CONFIG_FAILURE_ACTIONS_FLAG, &any_failure, "cannot have every failure recovered from");
}

void set_details(Options& options) {
  std::wstring text = kDescription;
  SERVICE_DESCRIPTIONW description{text.data()};
  options.set(SERVICE_CONFIG_DESCRIPTION, &description, "cannot describe the service");
  SERVICE_PRESHUTDOWN_INFO preshutdown{kPreshutdown};
  options.set(SERVICE_CONFIG_PRESHUTDOWN_INFO, &preshutdown, "cannot set the time for a shutdown");
}

bool has_stopped(SC_HANDLE service) {
  SERVICE_STATUS status{};
  return ::QueryServiceStatus(service, &status) == FALSE || status.dwCurrentState == SERVICE_STOPPED;
}

/// To wait for its end; none where it does not run, or where nobody may look.
WindowsHandle process_of(SC_HANDLE service) {
  SERVICE_STATUS_PROCESS status{};
  DWORD size = 0;
  if (::QueryServiceStatusEx(service, SC_STATUS_PROCESS_INFO, reinterpret_cast<BYTE*>(&status), sizeof status, &size) ==
          FALSE ||
      status.dwProcessId == 0)
    return WindowsHandle();
  return WindowsHandle(::OpenProcess(SYNCHRONIZE, FALSE, status.dwProcessId));
}

/// False: it still runs. The manager is told of the end before the process has ended, which uses its files until then.
bool stop(SC_HANDLE service) {
  const WindowsHandle process = process_of(service);
  SERVICE_STATUS status{};
  ::ControlService(service, SERVICE_CONTROL_STOP, &status);
  const auto last = std::chrono::steady_clock::now() + kStopLimit;
  while (!has_stopped(service) && std::chrono::steady_clock::now() < last) std::this_thread::sleep_for(kStopPoll);
  if (!has_stopped(service)) return false;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(last - std::chrono::steady_clock::now());
  return !process ||
         ::WaitForSingleObject(process.get(), static_cast<DWORD>(std::max(left, kStopPoll).count())) == WAIT_OBJECT_0;
}

}  // namespace

Result<std::vector<Error>> install_service(const ServiceSetup& setup) {
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT | SC_MANAGER_CREATE_SERVICE));
  if (!manager) return last_windows_error("cannot open the service manager");
  const auto service = create_or_update(manager.get(), setup);
  if (!service) return service.error();
  Options options(service->get());
  set_details(options);
  set_recovery(options);
  if (options.failed()) return *options.failed();
  if (const auto known = register_event_source(setup.program); !known) return known.error();
  return options.unknown();
}

Result<void> uninstall_service(const std::function<Result<void>()>& release) {
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  if (!manager) return last_windows_error("cannot open the service manager");
  const ServiceHandle service(::OpenServiceW(manager.get(), wide_text(kServiceName).c_str(), SERVICE_ALL_ACCESS));
  if (!service && ::GetLastError() != ERROR_SERVICE_DOES_NOT_EXIST)
    return last_windows_error("cannot open the service");
  if (service && !stop(service.get())) return error(errc::unavailable, "the service does not stop");
  // Locks without the service that could open them would lock everybody out.
  if (const auto released = release(); !released) return released;
  if (service && ::DeleteService(service.get()) == FALSE && ::GetLastError() != ERROR_SERVICE_MARKED_FOR_DELETE)
    return last_windows_error("cannot delete the service");
  return unregister_event_source();
}

std::string own_program() {
  std::wstring path(MAX_PATH, L'\0');
  while (true) {
    const DWORD size = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
    if (size < path.size()) return utf8_text({path.data(), size});
    path.resize(path.size() * 2);
  }
}

}  // namespace jitgate
