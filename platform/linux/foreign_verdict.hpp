#pragma once

#include <string>
#include <vector>

namespace jitgate::nft {

/// Where a rule, or an entry of a verdict map, can send a packet.
struct Verdicts {
  bool accepts = false;  ///< also by way of a queue, whose program may accept
  bool denies = false;   ///< drop, reject, or a target that we do not know
  bool returns = false;
  std::vector<std::string> jumps;  ///< chains; the packet comes back
  std::vector<std::string> gotos;  ///< chains; it does not

  void add(const Verdicts& other);
};

}  // namespace jitgate::nft
