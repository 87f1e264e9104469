// knock.exe SOURCE PORT: what the model of WFP beside this program says of a new TCP connection from there: "passes" or
// "denied". knock.exe --count: how many filters, sublayers and providers there are. For tests/windows/service/run.
#include <windows.h>

#include <algorithm>
#include <cstdio>
#include <string_view>

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

int judge(const char* source, const char* number) {
  const auto classify = exported<wfp_model::Classify>("ModelClassify");
  const auto address = AddressPrefix::parse(source);
  const auto port = PortNumber::parse(number);
  if (classify == nullptr || !address || !port) {
    std::fprintf(stderr, "knock: no model of WFP, or no address, or no port\n");
    return 2;
  }
  wfp_model::Arrival arrival;
  arrival.version = address->family() == Family::ipv4 ? 4 : 6;
  arrival.local_port = port->value();
  arrival.remote_port = 50000;
  std::ranges::copy(address->bytes(), std::begin(arrival.remote));
  std::puts(classify(&arrival) != 0 ? "passes" : "denied");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3) return judge(argv[1], argv[2]);
  const auto count = exported<wfp_model::Count>("ModelCount");
  if (argc != 2 || std::string_view(argv[1]) != "--count" || count == nullptr) return 2;
  std::printf("%u\n", count());
  return 0;
}
