#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>
#include <future>
#include <string>
#include <thread>
#include <utility>

#include "agent/api/api_server.hpp"
#include "tests/fake/fake_agent.hpp"
#include "tests/host/local_stream.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {

/// The real server before a fake agent, at a local address of the test's own, with its loop on a thread of its own.
/// Peers are who `become` says, unless `options.identify` is set before start().
class RunningApi {
 public:
  RunningApi() {
    options.socket = local_address(directory_);
    agent.config_.access = {{{}, {"adm"}}, {{}, {"sudo"}}, {{"root"}, {}}, {{}, {"sudo"}}};
    options.identify = [this](LocalHandle, const auto&) { return Result<PeerIdentity>(peer_); };
  }
  ~RunningApi() {
    if (thread_.joinable()) {
      on_loop([this] { server_.reset(); });
      context_.stop();
      thread_.join();
    }
  }
  RunningApi(const RunningApi&) = delete;
  RunningApi& operator=(const RunningApi&) = delete;

  void start() {
    server_ = make_api_server(context_, agent, options).value();
    thread_ = std::thread([this] {
      const auto work = boost::asio::make_work_guard(context_);
      context_.run();
    });
  }

  /// Runs `task` on the loop's thread, where the agent lives, and returns what it returns.
  template <class Task>
  auto on_loop(Task task) -> decltype(task()) {
    std::packaged_task<decltype(task())()> packaged(std::move(task));
    auto result = packaged.get_future();
    boost::asio::post(context_, [&] { packaged(); });
    return result.get();
  }

  /// Who connects from now on.
  void become(PeerIdentity peer) {
    if (!thread_.joinable()) {
      peer_ = std::move(peer);
    } else {
      on_loop([&] { peer_ = std::move(peer); });
    }
  }
  void become_root() { become({"root", 0, 1, {"root"}}); }
  void become_requester() { become({"ann", 1000, 4242, {"sudo"}}); }
  void become_reader() { become({"ben", 1001, 4243, {"adm"}}); }
  void become_stranger() { become({"cas", 1002, 4244, {"users"}}); }

  void stop() {
    on_loop([this] { server_->stop(); });
  }

  std::string socket() const { return options.socket; }
  const ScratchDirectory& directory() const { return directory_; }

  FakeAgent agent;
  ApiOptions options;

 private:
  ScratchDirectory directory_;
  PeerIdentity peer_{"root", 0, 1, {"root"}};
  boost::asio::io_context context_{1};
  std::unique_ptr<ApiServer> server_;
  std::thread thread_;
};

}  // namespace jitgate
