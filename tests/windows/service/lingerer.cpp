// lingerer.exe: as service jitgate it says that it has stopped a second and a half before its process ends. For
// tests/windows/service_end_test.cpp.
#include <windows.h>

namespace {

constexpr DWORD kLingers = 1'500;  // milliseconds
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
  ::Sleep(kLingers);
  return served == FALSE ? 1 : 0;
}
