#include "platform/windows/service_end.hpp"

#include <windows.h>

#include <string>
#include <thread>
#include <vector>

#include "platform/windows/event_log.hpp"
#include "platform/windows/service_handle.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {
namespace {

constexpr std::chrono::milliseconds kPoll(50);
constexpr DWORD kLongestConfiguration = 8 * 1024;  // bytes: learn.microsoft.com, QueryServiceConfigW

/// The first word of its command line, in quotation marks where install_service() wrote it.
Result<std::wstring> program_of(SC_HANDLE service) {
  std::vector<std::uint64_t> buffer(kLongestConfiguration / sizeof(std::uint64_t));
  auto* configuration = reinterpret_cast<QUERY_SERVICE_CONFIGW*>(buffer.data());
  DWORD needed = 0;
  if (::QueryServiceConfigW(service, configuration, kLongestConfiguration, &needed) == FALSE)
    return last_windows_error("cannot read which program the service runs");
  const std::wstring command = configuration->lpBinaryPathName;
  const bool quoted = command.starts_with(L'"');
  const auto end = command.find(quoted ? L'"' : L' ', 1);
  return command.substr(quoted ? 1 : 0, end - (quoted ? 1 : 0));
}

/// By a process that runs it, or by whoever has it open for himself. Why else it could not be opened is not ours.
bool in_use(const std::wstring& program) {
  const WindowsHandle file(::CreateFileW(program.c_str(), GENERIC_WRITE,
                                         FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                                         FILE_ATTRIBUTE_NORMAL, nullptr));
  return !file && ::GetLastError() == ERROR_SHARING_VIOLATION;
}

Result<void> await_end(SC_HANDLE service, const std::wstring& program, std::chrono::milliseconds limit) {
  const auto last = std::chrono::steady_clock::now() + limit;
  while (true) {
    SERVICE_STATUS status{};
    if (::QueryServiceStatus(service, &status) == FALSE) return last_windows_error("cannot ask how the service is");
    const bool stopped = status.dwCurrentState == SERVICE_STOPPED;
    if (!stopped && status.dwCurrentState != SERVICE_STOP_PENDING) return {};
    if (stopped && !in_use(program)) return {};
    if (std::chrono::steady_clock::now() >= last)
      return stopped ? error(errc::unavailable, "the service's program is still in use", utf8_text(program))
                     : error(errc::unavailable, "the service does not stop");
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace

Result<void> await_service_end(std::chrono::milliseconds limit) {
  const ServiceHandle manager(::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_CONNECT));
  if (!manager) return last_windows_error("cannot open the service manager");
  const ServiceHandle service(
      ::OpenServiceW(manager.get(), wide_text(kServiceName).c_str(), SERVICE_QUERY_STATUS | SERVICE_QUERY_CONFIG));
  if (!service && ::GetLastError() == ERROR_SERVICE_DOES_NOT_EXIST) return {};
  if (!service) return last_windows_error("cannot open the service");
  const auto program = program_of(service.get());
  if (!program) return program.error();
  return await_end(service.get(), *program, limit);
}

}  // namespace jitgate
