#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <utility>

namespace jitgate::testing_server {

/// Runs the loop until the coroutine has its result.
template <class T>
T await_result(boost::asio::io_context& context, boost::asio::awaitable<T> work) {
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(work), [&](const std::exception_ptr& thrown, T value) {
    if (thrown) std::rethrow_exception(thrown);
    result = std::move(value);
  });
  context.restart();
  while (!result) context.run_one();
  return std::move(*result);
}

}  // namespace jitgate::testing_server
