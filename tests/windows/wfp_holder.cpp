// A process that locks TCP 22, grants it to 198.51.100.10 for an hour, says so, and stays until its input ends.
#include <boost/asio/io_context.hpp>
#include <cstdio>

#include "tests/windows/wfp_fixture.hpp"

int main() {
  using namespace jitgate;
  const wfp::MovableClock clock;
  boost::asio::io_context io;
  const auto backend = make_wfp_backend({.clock = clock, .stall_limit = std::chrono::hours(1)}, io).value();
  Lock lock;
  lock.ports = {wfp::port(Transport::tcp, 22)};
  const AllowEntry grant{wfp::key("198.51.100.10", Transport::tcp, 22), clock.boot_now() + std::chrono::hours(1)};
  backend->commit(ReplaceTable{lock, {grant}}).value();
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
