#pragma once

#include <string>

namespace jitgate {

/// The time zone of this process and its children, as long as this lives. `zone` as TZ has it:
/// "CET-1CEST,M3.5.0,M10.5.0/3". Windows takes the names and the distance from UTC, and changes the clocks when America
/// does.
class LocalZone {
 public:
  explicit LocalZone(const std::string& zone);
  ~LocalZone();
  LocalZone(const LocalZone&) = delete;
  LocalZone& operator=(const LocalZone&) = delete;

 private:
  std::string before_;  ///< empty: there was none
};

}  // namespace jitgate
