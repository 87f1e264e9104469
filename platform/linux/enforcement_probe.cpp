#include "platform/linux/enforcement_probe.hpp"

#include <sched.h>

#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <cstring>
#include <thread>

#include "platform/linux/nft_backend.hpp"

namespace jitgate {
namespace {

Result<void> build(const Lock& lock, nft::MarkBits marks, const Clock& clock) {
  if (::unshare(CLONE_NEWNET) != 0)
    return error(errc::not_permitted, std::string("no network namespace can be made: ") + std::strerror(errno));
  boost::asio::io_context context(1);
  const auto backend = make_nft_backend({.clock = clock, .own_table = false, .marks = marks}, context);
  if (!backend) return backend.error();
  return (*backend)->commit(ReplaceTable{lock, {}});
}

}  // namespace

Result<void> probe_enforcement(const Lock& lock, nft::MarkBits marks, const Clock& clock) {
  Result<void> built;
  // A thread of its own: whoever calls stays where they are.
  std::thread([&] { built = build(lock, marks, clock); }).join();
  return built;
}

}  // namespace jitgate
