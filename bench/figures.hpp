#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/table.hpp"

namespace jitgate::bench {

struct Options {
  std::string daemon;            ///< path of jitgated
  std::string directory;         ///< an empty one, on the file system that is to be measured
  std::string memory_directory;  ///< an empty one on a file system where fsync costs nothing
  int rounds = 20;
  int seconds = 30;  ///< of sustained load
};

// Each figure interleaves what it compares: A B C, A B C, ..., `rounds` times, in network namespaces of its own.

/// A new grant's entry, from the call to the kernel's acknowledgement.
[[nodiscard]] Figure measure_ack(const Options& options);
/// POST /v1/requests to the open port, the durable commit included.
[[nodiscard]] Figure measure_request(const Options& options, const std::string& directory, const std::string& where);
/// As many requests as 50 clients get answered, and that none is lost.
[[nodiscard]] Figure measure_load(const Options& options);
/// How late the daemon is for the ends of grants, while others hold and open connections.
[[nodiscard]] Figure measure_expiry(const Options& options);
/// jitgated from exec to 10,000 stored grants in the kernel.
[[nodiscard]] Figure measure_restore(const Options& options);
/// jitgated from exec to the lock in the kernel, with an empty store.
[[nodiscard]] Figure measure_start(const Options& options);
/// Resident memory of an idle jitgated.
[[nodiscard]] Figure measure_memory(const Options& options);
/// What a packet costs by what becomes of it.
[[nodiscard]] std::vector<Figure> measure_packet(const Options& options);

/// What a packet costs beside a firewall of others, by `existingRules`.
[[nodiscard]] std::vector<Figure> measure_honor(const Options& options);
/// How long our rules are missing after a reload of that firewall.
[[nodiscard]] Figure measure_reload(const Options& options);

/// `count` hosts of 10.0.0.0/8 from the `first` one, in host byte order.
[[nodiscard]] std::vector<std::uint32_t> hosts_of_ten(std::uint32_t first, std::size_t count);
/// "10.1.2.3"
[[nodiscard]] std::string dotted(std::uint32_t host);

}  // namespace jitgate::bench
