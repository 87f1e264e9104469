#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/windows/stream_handle.hpp>
#include <string>

#include "agent/model/result.hpp"

namespace jitgate {

using PipeHandle = boost::asio::windows::stream_handle;

/// One more end of the pipe `name` ("\\\\.\\pipe\\jitgate") for a client to come: a stream of bytes, for programs on
/// this host alone (PIPE_REJECT_REMOTE_CLIENTS), open to every user who has logged on; only we make further ends, and
/// Administrators own it, by which clients know us. `first`: errc::conflict when the pipe is there already
/// (FILE_FLAG_FIRST_PIPE_INSTANCE: learn.microsoft.com, CreateNamedPipeW).
[[nodiscard]] Result<PipeHandle> make_pipe_end(const boost::asio::any_io_executor& executor, const std::string& name,
                                               bool first);

/// Waits for a client. The pipe lives until it returns.
[[nodiscard]] boost::asio::awaitable<boost::system::error_code> await_pipe_client(PipeHandle& pipe);

/// A client's end, which tells the server who we are and lets it do nothing in our name (SECURITY_IDENTIFICATION).
/// errc::unavailable: every end is taken, try again; errc::not_found: nobody serves the pipe; errc::not_permitted:
/// whoever serves it is not an administrator's program. Does not wait.
[[nodiscard]] Result<PipeHandle> open_pipe(const boost::asio::any_io_executor& executor, const std::string& name);

/// Whether somebody serves the pipe.
[[nodiscard]] bool is_pipe_served(const std::string& name);

}  // namespace jitgate
