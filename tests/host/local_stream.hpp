#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/system/system_error.hpp>
#include <memory>
#include <string>

#include "tests/scratch_directory.hpp"

namespace jitgate {

/// Where a local API of the test's own can be: a Unix socket in this directory, or a pipe named after it.
[[nodiscard]] std::string local_address(const ScratchDirectory& directory);

/// Whether something is there that clients could come to.
[[nodiscard]] bool is_local_address_taken(const std::string& address);

/// A client's end of a local API. Blocks; a SyncStream of Asio.
class LocalStream {
 public:
  /// Connects. Throws where nobody listens.
  explicit LocalStream(const std::string& address);
  ~LocalStream();
  LocalStream(const LocalStream&) = delete;
  LocalStream& operator=(const LocalStream&) = delete;

  template <class Buffers>
  std::size_t read_some(const Buffers& space, boost::system::error_code& failed) {
    return read_into(boost::asio::mutable_buffer(*boost::asio::buffer_sequence_begin(space)), failed);
  }
  template <class Buffers>
  std::size_t read_some(const Buffers& space) {
    return or_throw(&LocalStream::read_some<Buffers>, space);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& bytes, boost::system::error_code& failed) {
    return write_from(boost::asio::const_buffer(*boost::asio::buffer_sequence_begin(bytes)), failed);
  }
  template <class Buffers>
  std::size_t write_some(const Buffers& bytes) {
    return or_throw(&LocalStream::write_some<Buffers>, bytes);
  }
  void close();

 private:
  struct System;

  template <class Buffers>
  std::size_t or_throw(std::size_t (LocalStream::*transfer)(const Buffers&, boost::system::error_code&),
                       const Buffers& buffers) {
    boost::system::error_code failed;
    const std::size_t size = (this->*transfer)(buffers, failed);
    if (failed) throw boost::system::system_error(failed);
    return size;
  }
  std::size_t read_into(boost::asio::mutable_buffer space, boost::system::error_code& failed);
  std::size_t write_from(boost::asio::const_buffer bytes, boost::system::error_code& failed);

  std::unique_ptr<System> system_;
};

/// Lets clients connect, and never says a word.
class SilentLocalServer {
 public:
  explicit SilentLocalServer(const std::string& address);
  ~SilentLocalServer();
  SilentLocalServer(const SilentLocalServer&) = delete;
  SilentLocalServer& operator=(const SilentLocalServer&) = delete;

 private:
  struct System;
  std::unique_ptr<System> system_;
};

}  // namespace jitgate
