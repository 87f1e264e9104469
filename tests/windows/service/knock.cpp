// knock.exe SOURCE PORT: what the model of WFP says of a new TCP connection from there: "passes" or "denied".
// knock.exe --watch SOURCE PORT: says "watching", asks again and again until its input ends, and then says of how many
// knocks how many passed. knock.exe --count: how many filters, sublayers and providers there are. knock.exe --hold:
// says "holding", and the engine answers nobody until its input ends. For tests/windows/service/run and
// tests/windows/installer/run.
#include <windows.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <optional>
#include <string_view>
#include <thread>

#include "agent/model/address_prefix.hpp"
#include "agent/model/port.hpp"
#include "tests/windows/wfp_model/model.hpp"

namespace {

using namespace jitgate;

template <class Function>
Function exported(const char* name) {
  const HMODULE library = ::LoadLibraryW(L"fwpuclnt.dll");
  return library == nullptr ? nullptr
                            : reinterpret_cast<Function>(reinterpret_cast<void*>(::GetProcAddress(library, name)));
}

struct Question {
  wfp_model::Classify classify;
  wfp_model::Arrival arrival;
  [[nodiscard]] bool passes() const { return classify(&arrival) != 0; }
};

std::optional<Question> question(const char* source, const char* number) {
  const auto classify = exported<wfp_model::Classify>("ModelClassify");
  const auto address = AddressPrefix::parse(source);
  const auto port = PortNumber::parse(number);
  if (classify == nullptr || !address || !port) {
    std::fprintf(stderr, "knock: no model of WFP, or no address, or no port\n");
    return std::nullopt;
  }
  wfp_model::Arrival arrival;
  arrival.version = address->family() == Family::ipv4 ? 4 : 6;
  arrival.local_port = port->value();
  arrival.remote_port = 50000;
  std::ranges::copy(address->bytes(), std::begin(arrival.remote));
  return Question{classify, arrival};
}

void await_end_of_input() {
  while (std::getchar() != EOF) {
  }
}

int watch(const Question& asked) {
  std::atomic<bool> over{false};
  std::thread input([&over] {
    await_end_of_input();
    over = true;
  });
  std::puts("watching");
  std::fflush(stdout);
  unsigned passed = 0;
  unsigned knocks = 0;
  for (; !over; ++knocks) passed += asked.passes() ? 1 : 0;
  input.join();
  std::printf("%u of %u passed\n", passed, knocks);
  return 0;
}

int count() {
  const auto count = exported<wfp_model::Count>("ModelCount");
  if (count == nullptr) return 2;
  std::printf("%u\n", count());
  return 0;
}

int hold() {
  const auto hold = exported<wfp_model::Hold>("ModelHold");
  if (hold == nullptr) return 2;
  hold(1);
  std::puts("holding");
  std::fflush(stdout);
  await_end_of_input();
  hold(0);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const bool watching = argc == 4 && std::string_view(argv[1]) == "--watch";
  if (argc == 3 || watching) {
    const auto asked = question(argv[argc - 2], argv[argc - 1]);
    if (!asked) return 2;
    if (watching) return watch(*asked);
    std::puts(asked->passes() ? "passes" : "denied");
    return 0;
  }
  const std::string_view asked = argc == 2 ? argv[1] : "";
  if (asked == "--count") return count();
  return asked == "--hold" ? hold() : 2;
}
