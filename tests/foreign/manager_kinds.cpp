#include "tests/foreign/firewalld_manager.hpp"
#include "tests/foreign/iptables_manager.hpp"
#include "tests/foreign/nft_manager.hpp"
#include "tests/foreign/ufw_manager.hpp"

namespace jitgate::netns {

const std::vector<ManagerKind>& manager_kinds() {
  static const std::vector<ManagerKind> kinds{
      {"NftDrop", make_nft_drop},
      {"NftReject", make_nft_reject},
      {"NftAccept", make_nft_accept},
      {"NftByFamily", make_nft_by_family},
      {"NftStructured", make_nft_structured},
      {"NftTable", make_nft_table},
      {"IptablesScript", make_iptables_script},
      {"IptablesRestore", make_iptables_restore},
      {"Ufw", make_ufw},
      {"Firewalld", make_firewalld},
  };
  return kinds;
}

}  // namespace jitgate::netns
