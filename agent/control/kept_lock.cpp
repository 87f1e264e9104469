#include "agent/control/kept_lock.hpp"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "platform/marker_file.hpp"

namespace jitgate {
namespace {

/// "22/TCP"
Result<LockedPort> parse_port(std::string_view word) {
  const auto slash = word.find('/');
  if (slash == std::string_view::npos) return error(errc::invalid_argument, "is no NUMBER/PROTOCOL");
  const auto number = PortNumber::parse(word.substr(0, slash));
  if (!number) return number.error();
  const auto protocol = parse_protocol(word.substr(slash + 1));
  if (!protocol) return protocol.error();
  return LockedPort{*number, *protocol};
}

/// nullopt: there is no such file.
std::optional<KeptPorts> read_list(const std::string& path) {
  std::error_code failed;
  if (!std::filesystem::exists(path, failed) && !failed) return std::nullopt;
  const auto content = read_marker(path);
  if (!content) return KeptPorts{{}, content.error()};
  KeptPorts kept;
  std::istringstream words(*content);
  for (std::string word; words >> word;) {
    if (const auto port = parse_port(word))
      kept.ports.push_back(*port);
    else
      kept.problem = error(port.error().code, "\"" + word + "\": " + port.error().message, path);
  }
  return kept;
}

}  // namespace

std::vector<LockedPort> locked_by(std::span<const PolicyPort> ports) {
  std::vector<LockedPort> locked;
  for (const PolicyPort& port : ports) locked.push_back({port.number, port.protocol});
  return locked;
}

std::vector<LockedPort> locked_by(std::span<const TransportPort> ports) {
  std::vector<LockedPort> locked;
  for (const TransportPort& port : ports) {
    Protocol protocol = Protocol::any;
    if (port.transport == Transport::tcp) protocol = Protocol::tcp;
    if (port.transport == Transport::udp) protocol = Protocol::udp;
    locked.push_back({port.number, protocol});
  }
  return all_of(std::move(locked), {});
}

std::vector<LockedPort> all_of(std::vector<LockedPort> a, const std::vector<LockedPort>& b) {
  std::ranges::copy(b, std::back_inserter(a));
  std::ranges::sort(a);
  const auto [first, last] = std::ranges::unique(a);
  a.erase(first, last);
  std::vector<LockedPort> fewest;
  for (const LockedPort& port : a) {
    const bool held =
        port.protocol != Protocol::any && std::ranges::binary_search(a, LockedPort{port.number, Protocol::any});
    if (!held) fewest.push_back(port);
  }
  return fewest;
}

KeptPorts KeptLock::read() const {
  auto kept = read_list(file_.path());
  if (kept && !kept->problem) return *kept;
  const auto copy = file_.copy_path().empty() ? std::nullopt : read_list(file_.copy_path());
  if (!kept) return copy.value_or(KeptPorts{});
  if (copy) kept->ports = all_of(std::move(kept->ports), copy->ports);
  return *kept;
}

Result<void> KeptLock::write(const std::vector<LockedPort>& ports) const {
  std::string content;
  for (const LockedPort& port : ports)
    content += std::to_string(port.number.value()) + "/" + std::string(to_string(port.protocol)) + "\n";
  return file_.write(content);
}

}  // namespace jitgate
