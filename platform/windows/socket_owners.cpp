#include "platform/windows/socket_owners.hpp"

#include <windows.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {
namespace {

constexpr std::uint32_t kKernel = 4;  // the System process, always

struct ServiceManager {
  SC_HANDLE handle = ::OpenSCManagerW(nullptr, nullptr, SC_MANAGER_ENUMERATE_SERVICE);
  ~ServiceManager() {
    if (handle != nullptr) ::CloseServiceHandle(handle);
  }
};

std::map<std::uint32_t, std::vector<std::string>> services_by_process() {
  std::map<std::uint32_t, std::vector<std::string>> services;
  const ServiceManager manager;
  DWORD wanted = 0;
  DWORD count = 0;
  DWORD resume = 0;
  const auto ask = [&](std::vector<std::byte>& answer) {
    resume = 0;
    return manager.handle != nullptr &&
           ::EnumServicesStatusExW(manager.handle, SC_ENUM_PROCESS_INFO, SERVICE_WIN32, SERVICE_ACTIVE,
                                   reinterpret_cast<BYTE*>(answer.data()), static_cast<DWORD>(answer.size()), &wanted,
                                   &count, &resume, nullptr) != 0;
  };
  std::vector<std::byte> answer;
  ask(answer);
  constexpr std::size_t kStartedMeanwhile = 4096;
  answer.resize(wanted + kStartedMeanwhile);
  if (!ask(answer)) return services;
  const auto* first = reinterpret_cast<const ENUM_SERVICE_STATUS_PROCESSW*>(answer.data());
  for (const auto* one = first; one != first + count; ++one)
    services[one->ServiceStatusProcess.dwProcessId].push_back(utf8_text(one->lpServiceName));
  for (auto& [pid, names] : services) std::ranges::sort(names);
  return services;
}

std::string program_of(std::uint32_t pid) {
  const WindowsHandle process(::OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid));
  std::array<wchar_t, 32768> path{};  // the longest there is
  auto size = static_cast<DWORD>(path.size());
  if (!process || ::QueryFullProcessImageNameW(process.get(), 0, path.data(), &size) == 0) return {};
  std::string name = utf8_text({path.data(), size});
  name.erase(0, name.find_last_of('\\') + 1);
  constexpr std::string_view kExtension = ".exe";
  if (name.ends_with(kExtension)) name.resize(name.size() - kExtension.size());
  return name;
}

}  // namespace

SocketOwners::SocketOwners() : services_(services_by_process()) {}

std::vector<std::string> SocketOwners::names(std::uint32_t pid) const {
  if (const auto found = services_.find(pid); found != services_.end()) return found->second;
  std::string name = pid == kKernel ? "System" : program_of(pid);
  if (name.empty()) return {};
  return {std::move(name)};
}

}  // namespace jitgate
