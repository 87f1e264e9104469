// squat.exe PIPE: makes the pipe before its rightful owner can, says "ready", and keeps it until its input ends. For
// tests/windows/service/run.
#include <windows.h>

#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const HANDLE pipe = ::CreateNamedPipeA(argv[1], PIPE_ACCESS_DUPLEX, PIPE_TYPE_BYTE, 1, 0, 0, 0, nullptr);
  if (pipe == INVALID_HANDLE_VALUE) {
    std::fprintf(stderr, "squat: cannot make %s: %lu\n", argv[1], ::GetLastError());
    return 1;
  }
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  ::CloseHandle(pipe);
  return 0;
}
