// control.exe SERVICE CODE: sends a service a control code, as `sc control` does, which Wine does not know. For
// tests/windows/service/run.
#include <windows.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const SC_HANDLE manager = ::OpenSCManagerA(nullptr, nullptr, SC_MANAGER_CONNECT);
  const SC_HANDLE service = ::OpenServiceA(manager, argv[1], SERVICE_USER_DEFINED_CONTROL | SERVICE_PAUSE_CONTINUE);
  SERVICE_STATUS status{};
  const BOOL sent = ::ControlService(service, static_cast<DWORD>(std::strtoul(argv[2], nullptr, 10)), &status);
  if (sent == FALSE) std::fprintf(stderr, "control: %s %s: error %lu\n", argv[1], argv[2], ::GetLastError());
  ::CloseServiceHandle(service);
  ::CloseServiceHandle(manager);
  return sent == FALSE ? 1 : 0;
}
