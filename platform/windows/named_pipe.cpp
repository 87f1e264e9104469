#include "platform/windows/named_pipe.hpp"

#include <aclapi.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/windows/overlapped_ptr.hpp>
#include <memory>
#include <utility>

#include "platform/windows/account.hpp"
#include "platform/windows/security_descriptor.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_error.hpp"
#include "platform/windows/windows_handle.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;

/// PIPE_REJECT_REMOTE_CLIENTS keeps out other hosts; NETWORK is not denied, which is in the token of an administrator
/// who came by SSH or WinRM too. Users who have logged on may read and write but make no further ends
/// (FILE_CREATE_PIPE_INSTANCE is what FILE_GENERIC_WRITE has beyond these bits), SYSTEM and Administrators may all.
constexpr const wchar_t* kAccess = L"O:BAG:BAD:P(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x12019b;;;AU)";
constexpr DWORD kClientAccess =
    FILE_GENERIC_READ | FILE_WRITE_DATA | FILE_WRITE_EA | FILE_WRITE_ATTRIBUTES;  // 0x12019b
constexpr DWORD kBuffer = 64 * 1024;

Result<PipeHandle> adopt(const net::any_io_executor& executor, WindowsHandle handle, const std::string& name) {
  PipeHandle pipe(executor);
  boost::system::error_code failed;
  if (pipe.assign(handle.get(), failed); failed)
    return error(errc::system_failed, "cannot wait for the pipe: " + failed.message(), name);
  static_cast<void>(handle.release());
  return pipe;
}

/// A program of somebody without rights could be first to make a pipe of this name, and take what is meant for us.
Result<void> expect_administrators_own(HANDLE pipe, const std::string& name) {
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD failed = ::GetSecurityInfo(pipe, SE_KERNEL_OBJECT, OWNER_SECURITY_INFORMATION, &owner, nullptr, nullptr,
                                         nullptr, &descriptor);
  if (failed != ERROR_SUCCESS) return windows_error(failed, "whose pipe it is cannot be read", name);
  const std::unique_ptr<void, decltype(&::LocalFree)> memory(descriptor, &::LocalFree);
  const Sid sid(owner);
  if (sid.is(WinBuiltinAdministratorsSid) || sid.is(WinLocalSystemSid)) return {};
  return error(errc::not_permitted, "is served by a program of " + sid.name() + ", not of this host's administrators",
               name);
}

}  // namespace

Result<PipeHandle> make_pipe_end(const net::any_io_executor& executor, const std::string& name, bool first) {
  const auto taken = [&] { return error(errc::conflict, "another process answers on the pipe", name); };
  // The flag below leaves no moment in which somebody else could be first; Wine does not know it.
  if (first && is_pipe_served(name)) return taken();
  const auto security = SecurityDescriptor::parse(kAccess);
  if (!security) return security.error();
  auto attributes = security->attributes();
  const DWORD open_mode = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | (first ? FILE_FLAG_FIRST_PIPE_INSTANCE : 0u);
  WindowsHandle handle(::CreateNamedPipeW(wide_text(name).c_str(), open_mode,
                                          PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT | PIPE_REJECT_REMOTE_CLIENTS,
                                          PIPE_UNLIMITED_INSTANCES, kBuffer, kBuffer, 0, &attributes));
  if (handle) return adopt(executor, std::move(handle), name);
  const DWORD why = ::GetLastError();
  if (first && (why == ERROR_ACCESS_DENIED || why == ERROR_PIPE_BUSY)) return taken();
  return windows_error(why, "cannot make the pipe", name);
}

net::awaitable<boost::system::error_code> await_pipe_client(PipeHandle& pipe) {
  constexpr auto tuple = net::as_tuple(net::use_awaitable);
  const auto start = [&pipe](auto handler) {
    net::windows::overlapped_ptr operation(
        pipe.get_executor(),
        [handler = std::move(handler)](boost::system::error_code code, std::size_t) mutable { handler(code); });
    const BOOL connected = ::ConnectNamedPipe(pipe.native_handle(), operation.get());
    const DWORD code = connected != FALSE ? ERROR_SUCCESS : ::GetLastError();
    if (code == ERROR_IO_PENDING) {
      operation.release();  // whoever completes it owns it
    } else {
      // A client may come between the making of a pipe and this call.
      const bool came = code == ERROR_SUCCESS || code == ERROR_PIPE_CONNECTED;
      operation.complete(came ? boost::system::error_code()
                              : boost::system::error_code(static_cast<int>(code), boost::system::system_category()),
                         0);
    }
  };
  const auto [code] = co_await net::async_initiate<decltype(tuple), void(boost::system::error_code)>(start, tuple);
  co_return code;
}

Result<PipeHandle> open_pipe(const net::any_io_executor& executor, const std::string& name) {
  WindowsHandle handle(::CreateFileW(wide_text(name).c_str(), kClientAccess, 0, nullptr, OPEN_EXISTING,
                                     FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION, nullptr));
  if (!handle) {
    const DWORD why = ::GetLastError();
    if (why == ERROR_PIPE_BUSY) return error(errc::unavailable, "is busy", name);
    return windows_error(why, "cannot open the pipe", name);
  }
  if (const auto ours = expect_administrators_own(handle.get(), name); !ours) return ours.error();
  return adopt(executor, std::move(handle), name);
}

bool is_pipe_served(const std::string& name) {
  return ::WaitNamedPipeW(wide_text(name).c_str(), 1) != FALSE || ::GetLastError() == ERROR_SEM_TIMEOUT;
}

}  // namespace jitgate
