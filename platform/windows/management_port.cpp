#include "platform/management_port.hpp"

#include "platform/windows/registry.hpp"

namespace jitgate {

// learn.microsoft.com, "Change the listening port for Remote Desktop on your computer".
PortNumber management_port() {
  constexpr std::uint32_t kRemoteDesktop = 3389;
  const auto set =
      registry_number(R"(SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp)", "PortNumber");
  const bool usable = set && *set > 0 && *set <= UINT16_MAX;
  return PortNumber::from(static_cast<std::uint16_t>(usable ? *set : kRemoteDesktop)).value();
}

}  // namespace jitgate
