// Before anything that could bring in the older winsock.h.
#include <windows.h>
#include <winsock2.h>

#include "tests/windows/wfp_fixture.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>

namespace jitgate::wfp {
namespace {

constexpr std::uint32_t kIsLoopback = 1;     // FWP_CONDITION_FLAG_IS_LOOPBACK
constexpr std::uint32_t kIsReauthorize = 4;  // FWP_CONDITION_FLAG_IS_REAUTHORIZE

template <class Function>
Function exported(const char* name) {
  const HMODULE library = GetModuleHandleA("fwpuclnt.dll");
  const FARPROC found = library == nullptr ? nullptr : GetProcAddress(library, name);
  if (found == nullptr)
    throw std::runtime_error("fwpuclnt.dll beside the test is not the model: no " + std::string(name));
  return reinterpret_cast<Function>(reinterpret_cast<void*>(found));
}

void require(const Result<void>& result) {
  if (!result) throw std::runtime_error(describe(result.error()));
}

}  // namespace

Model::Model()
    : classify(exported<wfp_model::Classify>("ModelClassify")),
      reset(exported<wfp_model::Reset>("ModelReset")),
      fail(exported<wfp_model::Fail>("ModelFail")),
      restart(exported<wfp_model::Restart>("ModelRestart")),
      shut_down(exported<wfp_model::ShutDown>("ModelShutDown")),
      boot(exported<wfp_model::Boot>("ModelBoot")),
      count(exported<wfp_model::Count>("ModelCount")),
      unlike(exported<wfp_model::Unlike>("ModelUnlike")) {}

WallTime MovableClock::wall_now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()) + Duration(moved_.load());
}

BootTime MovableClock::boot_now() const {
  return BootTime(std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch()) +
                  Duration(moved_.load()));
}

TransportPort port(Transport transport, int number) {
  return {transport, PortNumber::from(number).value()};
}

AllowKey key(const std::string& source, Transport transport, int number) {
  return {AddressPrefix::parse(source).value(), port(transport, number)};
}

WfpTest::WfpTest() {
  model_.reset();
  backend_ = make_backend();
}

WfpTest::~WfpTest() {
  backend_.reset();
  model_.reset();
}

std::unique_ptr<WfpBackend> WfpTest::make_backend(bool hard, Duration stall_limit) {
  return make_wfp_backend({.clock = clock_, .hard_grants = hard, .stall_limit = stall_limit}, io_).value();
}

Lock WfpTest::lock() {
  Lock locked;
  locked.ports = {port(Transport::tcp, 22), port(Transport::tcp, 3389), port(Transport::udp, 3389)};
  return locked;
}

AllowEntry WfpTest::entry(const std::string& source, Transport transport, int number, Duration lasts) const {
  return {key(source, transport, number), clock_.boot_now() + lasts};
}

void WfpTest::replace(const Lock& locked, std::vector<AllowEntry> entries) {
  require(backend_->commit(ReplaceTable{locked, std::move(entries)}));
}

void WfpTest::put(std::vector<AllowEntry> entries) {
  require(backend_->commit(ChangeEntries{std::move(entries), {}}));
}

void WfpTest::close(std::vector<AllowKey> keys) {
  require(backend_->commit(ChangeEntries{{}, std::move(keys)}));
}

bool passes(const Model& model, const Knock& knock) {
  const AddressPrefix from = AddressPrefix::parse(knock.from).value();
  wfp_model::Arrival arrival;
  arrival.version = from.family() == Family::ipv4 ? 4 : 6;
  arrival.protocol = static_cast<std::uint8_t>(knock.transport);
  arrival.local_port = static_cast<std::uint16_t>(knock.number);
  arrival.remote_port = knock.from_port;
  std::ranges::copy(from.bytes(), arrival.remote);
  arrival.flags = (knock.loopback ? kIsLoopback : 0) | (knock.established ? kIsReauthorize : 0);
  arrival.reason = knock.established ? knock.reason : 0;
  return model.classify(&arrival) == 1;
}

bool WfpTest::passes(const Knock& knock) const {
  return wfp::passes(model_, knock);
}

bool WfpTest::passes(const std::string& from, Transport transport, int number) const {
  return passes(Knock{.from = from, .transport = transport, .number = number});
}

bool WfpTest::eventually(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    io_.run_for(std::chrono::milliseconds(10));
    io_.restart();
  }
  return false;
}

bool WfpTest::eventually_by_itself(const std::function<bool()>& condition) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (std::chrono::steady_clock::now() < until) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace jitgate::wfp
