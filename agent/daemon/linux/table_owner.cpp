#include "agent/daemon/linux/table_owner.hpp"

namespace jitgate {

OwnerProbe wanted_table_owner(OwnTable wanted) {
  if (wanted == OwnTable::automatic) return probe_table_owner();
  return {wanted == OwnTable::on, "the configuration says so"};
}

}  // namespace jitgate
