#pragma once

#include <libnftnl/rule.h>

#include <memory>

#include "platform/linux/nft_ruleset.hpp"

namespace jitgate::nft {

/// Frees what a C library allocated.
template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

/// Owns a libnftnl object.
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeWith<Free>>;
using OwnedRule = Owned<nftnl_rule, nftnl_rule_free>;

/// The rule as the kernel takes it. Throws std::bad_alloc when memory is out.
[[nodiscard]] OwnedRule build_rule(const Rule& rule);

/// Appends what these statements expand to.
void append_statements(nftnl_rule* rule, const std::vector<Statement>& statements);

/// The mask of a prefix of this length: 4 or 16 bytes, network order.
[[nodiscard]] std::vector<std::uint8_t> mask_of(Family family, unsigned length);

}  // namespace jitgate::nft
