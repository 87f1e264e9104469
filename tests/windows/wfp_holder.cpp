// A process that locks TCP 22, grants it to 198.51.100.10 for an hour (or as many seconds as its argument says), says
// so, and stays until its input ends.
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>

#include "tests/windows/wfp_fixture.hpp"

int main(int count, char** arguments) {
  using namespace jitgate;
  const wfp::MovableClock clock;
  const std::chrono::seconds lasts(count > 1 ? std::atoi(arguments[1]) : 3600);
  boost::asio::io_context io;
  const auto backend = make_wfp_backend({.clock = clock, .stall_limit = std::chrono::hours(1)}, io).value();
  Lock lock;
  lock.ports = {wfp::port(Transport::tcp, 22)};
  const AllowEntry grant{wfp::key("198.51.100.10", Transport::tcp, 22), clock.boot_now() + lasts};
  backend->commit(ReplaceTable{lock, {grant}}).value();
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return 0;
}
