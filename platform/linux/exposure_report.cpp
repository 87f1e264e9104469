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

Result<std::vector<Exposure>> read_exposures(Reader& reader, ForeignChains& chains, MarkBits marks, const Lock& lock) {
  const auto published = reader.published();
  if (!published) return published.error();
  std::vector<Exposure> exposures;
  for (const auto& [port, mark, packets] : *published) {
    exposures.push_back({port, "DNAT to a container (enforcement.forwarded is off)", packets, {}});
  }
  if (lock.existing_rules != ExistingRules::honor) return exposures;
  auto accepted = chains.accepted(lock.ports);
  if (!accepted) return accepted.error();
  const auto exposed = reader.exposed();
  if (!exposed) return exposed.error();
  const auto sources = reader.exposed_sources();
  if (!sources) return sources.error();
  const auto chains_of = [&](std::uint32_t mark) { return chains.chains_of(marks.chains() & ~mark); };
  for (Exposure& exposure : merge_exposures(std::move(*accepted), *exposed, *sources, chains_of)) {
    exposures.push_back(std::move(exposure));
  }
  std::ranges::stable_sort(exposures, {}, &Exposure::port);
  return exposures;
}

}  // namespace jitgate::nft
