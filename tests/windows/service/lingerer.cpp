// lingerer.exe: as service jitgate it says that it has stopped, and its process ends when it is let go. For
// tests/windows/service_end_test.cpp.
#include "tests/windows/service/lingerer.hpp"

#include <windows.h>

namespace {

constexpr DWORD kLongest = 60'000;  // milliseconds
wchar_t service_name[] = L"jitgate";
SERVICE_STATUS_HANDLE handle = nullptr;

void tell(DWORD state) {
  SERVICE_STATUS status{};
  status.dwServiceType = SERVICE_WIN32_OWN_PROCESS;
  status.dwCurrentState = state;
  status.dwControlsAccepted = state == SERVICE_RUNNING ? SERVICE_ACCEPT_STOP : 0;
  ::SetServiceStatus(handle, &status);
}

DWORD WINAPI control(DWORD code, DWORD, void*, void*) {
  if (code == SERVICE_CONTROL_STOP) tell(SERVICE_STOPPED);
  return NO_ERROR;
}

void WINAPI serve(DWORD, wchar_t**) {
  handle = ::RegisterServiceCtrlHandlerExW(service_name, control, nullptr);
  tell(SERVICE_RUNNING);
}

}  // namespace

int main() {
  const SERVICE_TABLE_ENTRYW table[] = {{service_name, serve}, {nullptr, nullptr}};
  const BOOL served = ::StartServiceCtrlDispatcherW(table);
  const HANDLE let_go = ::OpenEventW(SYNCHRONIZE, FALSE, jitgate::kLetGo);
  if (let_go != nullptr) ::WaitForSingleObject(let_go, kLongest);
  return served == FALSE ? 1 : 0;
}
