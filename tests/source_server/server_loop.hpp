#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

namespace jitgate::testing_server {

/// An event loop on a thread of its own, which is in the network namespace of the thread that makes it.
class ServerLoop {
 public:
  ServerLoop()
      : thread_([this] {
          const auto work = boost::asio::make_work_guard(context_);
          context_.run();
        }) {}
  ~ServerLoop() { stop(); }
  ServerLoop(const ServerLoop&) = delete;
  ServerLoop& operator=(const ServerLoop&) = delete;

  boost::asio::io_context& context() { return context_; }

  /// Runs `task` on the loop's thread and returns what it returns.
  template <class Task>
  auto call(Task task) -> decltype(task()) {
    std::packaged_task<decltype(task())()> packaged(std::move(task));
    auto result = packaged.get_future();
    boost::asio::post(context_, [&] { packaged(); });
    return result.get();
  }

  void stop() {
    context_.stop();
    if (thread_.joinable()) thread_.join();
  }

 private:
  boost::asio::io_context context_{1};
  std::thread thread_;
};

}  // namespace jitgate::testing_server
