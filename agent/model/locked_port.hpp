#pragma once

#include <compare>

#include "agent/model/port.hpp"

namespace jitgate {

/// A port that is locked, whatever may be asked for it.
struct LockedPort {
  PortNumber number;
  Protocol protocol;
  friend auto operator<=>(const LockedPort&, const LockedPort&) = default;
};

}  // namespace jitgate
