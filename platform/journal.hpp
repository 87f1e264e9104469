#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/model/result.hpp"

namespace jitgate {

/// One entry of the system's journal: names of A-Z, 0-9 and _, and values of any bytes. A name may come more than once.
using JournalFields = std::vector<std::pair<std::string_view, std::string>>;

/// The system's own log, where whoever can write our files does not reach what is written.
class Journal {
 public:
  virtual ~Journal() = default;
  /// Never waits: what cannot be taken now is lost, and the error says why. errc::not_found: there is no journal;
  /// errc::unavailable: it does not take anything at the moment. One thread.
  [[nodiscard]] virtual Result<void> send(const JournalFields& fields) = 0;
};

}  // namespace jitgate
