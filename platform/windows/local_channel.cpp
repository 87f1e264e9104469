#include "platform/local_channel.hpp"

#include <windows.h>

#include <algorithm>

#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {
namespace {

/// That of the OpenSSH which comes with Windows.
constexpr const char* kOpenSshAgent = R"(\\.\pipe\openssh-ssh-agent)";
constexpr DWORD kLongestWait = 5000;  // ms, for an end that is free

Error failed() {
  return error(errc::system_failed, windows_message(::GetLastError()));
}

class PipeChannel final : public LocalChannel {
 public:
  explicit PipeChannel(WindowsHandle pipe) : pipe_(std::move(pipe)) {}

  Result<void> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      DWORD written = 0;
      if (::WriteFile(pipe_.get(), bytes.data(), static_cast<DWORD>(bytes.size()), &written, nullptr) == FALSE)
        return failed();
      bytes.remove_prefix(written);
    }
    return {};
  }
  Result<std::string> read(std::size_t size) override {
    std::string bytes(size, '\0');
    std::size_t have = 0;
    while (have < size) {
      DWORD got = 0;
      if (::ReadFile(pipe_.get(), bytes.data() + have, static_cast<DWORD>(size - have), &got, nullptr) == FALSE)
        return failed();
      have += got;
    }
    return bytes;
  }

 private:
  WindowsHandle pipe_;
};

WindowsHandle open_pipe_end(const std::wstring& name) {
  return WindowsHandle(::CreateFileW(name.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_EXISTING,
                                     SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
}

}  // namespace

Result<std::unique_ptr<LocalChannel>> open_local_channel(const std::string& where) {
  const std::wstring name = wide_text(where);
  WindowsHandle pipe = open_pipe_end(name);
  // Every end is taken: wait until one is free, and be the one who gets it, or not.
  if (!pipe && ::GetLastError() == ERROR_PIPE_BUSY && ::WaitNamedPipeW(name.c_str(), kLongestWait) != FALSE)
    pipe = open_pipe_end(name);
  if (!pipe) return failed();
  return std::unique_ptr<LocalChannel>(std::make_unique<PipeChannel>(std::move(pipe)));
}

std::optional<std::string> well_known_ssh_agent() {
  // Answers whether the pipe is there, without connecting: ERROR_SEM_TIMEOUT says that it is, and busy.
  constexpr DWORD kOneMillisecond = 1;
  const bool there = ::WaitNamedPipeW(wide_text(kOpenSshAgent).c_str(), kOneMillisecond) != FALSE ||
                     ::GetLastError() == ERROR_SEM_TIMEOUT;
  return there ? std::optional<std::string>(kOpenSshAgent) : std::nullopt;
}

}  // namespace jitgate
