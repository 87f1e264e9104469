#include "platform/linux/exposure_report.hpp"

#include <algorithm>
#include <tuple>

namespace jitgate::nft {
namespace {

constexpr std::size_t kMostSources = 16;  // samples, not a record

Exposure& exposure_of(std::vector<Exposure>& all, const TransportPort& port, const std::string& by) {
  const auto found = std::ranges::find_if(all, [&](const Exposure& one) { return one.port == port && one.by == by; });
  if (found != all.end()) return *found;
  return all.emplace_back(Exposure{port, by, 0, {}});
}

}  // namespace

std::vector<Exposure> merge_exposures(std::vector<Exposure> accepted, const std::vector<Reader::Exposed>& exposed,
                                      const std::vector<Reader::ExposedSource>& sources,
                                      const std::function<std::string(std::uint32_t)>& chains_of) {
  for (const Reader::Exposed& counted : exposed) {
    std::string by = chains_of(counted.mark);
    // A chain that has vanished since leaves no name.
    if (by.empty()) by = "a chain that is gone";
    exposure_of(accepted, counted.port, by).packets += counted.packets;
  }
  for (Exposure& exposure : accepted) {
    if (exposure.packets == 0) continue;
    for (const Reader::ExposedSource& seen : sources) {
      if (seen.port == exposure.port && exposure.sources.size() < kMostSources) exposure.sources.push_back(seen.source);
    }
    std::ranges::sort(exposure.sources);
  }
  std::ranges::sort(accepted, {}, [](const Exposure& one) { return std::tie(one.port, one.by); });
  return accepted;
}

}  // namespace jitgate::nft
