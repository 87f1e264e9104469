#include "platform/linux/foreign_edit.hpp"

#include <libnftnl/expr.h>
#include <libnftnl/udata.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_mark.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <new>

#include "platform/linux/nft_expr.hpp"

namespace jitgate::nft {
namespace {

constexpr std::uint8_t kCommentType = 0;  // NFTNL_UDATA_RULE_COMMENT, which nft and iptables write alike

/// iptables-nft takes these tables for its own.
bool belongs_to_iptables(const ForeignTable& table, const ForeignChain& chain) {
  static constexpr std::array<std::string_view, 4> kTables{"filter", "mangle", "raw", "security"};
  return table.family != NFPROTO_INET && chain.name == "INPUT" &&
         std::ranges::find(kTables, table.name) != kTables.end();
}

nftnl_expr* add_expression(nftnl_rule* rule, const char* name) {
  nftnl_expr* expression = nftnl_expr_alloc(name);
  if (expression == nullptr) throw std::bad_alloc();
  nftnl_rule_add_expr(rule, expression);
  return expression;
}

/// libnftnl takes the structure over and frees it; the kernel wants it padded (XT_ALIGN).
template <class Info>
void set_info(nftnl_expr* expression, std::uint16_t attribute, const Info& info) {
  constexpr std::size_t kSize = XT_ALIGN(sizeof info);
  void* copy = std::calloc(1, kSize);
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, &info, sizeof info);
  nftnl_expr_set(expression, attribute, copy, kSize);
}

/// -m mark --mark VALUE/MASK
void match_mark(nftnl_rule* rule, std::uint32_t value, std::uint32_t mask) {
  nftnl_expr* match = add_expression(rule, "match");
  nftnl_expr_set_str(match, NFTNL_EXPR_MT_NAME, "mark");
  nftnl_expr_set_u32(match, NFTNL_EXPR_MT_REV, 1);
  xt_mark_mtinfo1 info{};
  info.mark = value;
  info.mask = mask;
  set_info(match, NFTNL_EXPR_MT_INFO, info);
}

void count(nftnl_rule* rule) {
  nftnl_expr* counter = add_expression(rule, "counter");
  nftnl_expr_set_u64(counter, NFTNL_EXPR_CTR_BYTES, 0);
  nftnl_expr_set_u64(counter, NFTNL_EXPR_CTR_PACKETS, 0);
}

/// -j MARK --set-xmark VALUE/MASK
void set_mark(nftnl_rule* rule, std::uint32_t value, std::uint32_t mask) {
  nftnl_expr* target = add_expression(rule, "target");
  nftnl_expr_set_str(target, NFTNL_EXPR_TG_NAME, "MARK");
  nftnl_expr_set_u32(target, NFTNL_EXPR_TG_REV, 2);
  xt_mark_tginfo2 info{};
  info.mark = value;
  info.mask = mask;
  set_info(target, NFTNL_EXPR_TG_INFO, info);
}

void build_for_iptables(nftnl_rule* rule, const Tag& tag) {
  match_mark(rule, tag.kind == Tag::Kind::pass ? tag.bits : tag.mask, tag.mask);
  count(rule);
  switch (tag.kind) {
    case Tag::Kind::pass:
      return append_statements(rule, {Accept{}});
    case Tag::Kind::clear:
      return set_mark(rule, 0, tag.bits);
    case Tag::Kind::set:
      return set_mark(rule, tag.bits, tag.bits);
  }
}

void build_native(nftnl_rule* rule, const Tag& tag) {
  switch (tag.kind) {
    case Tag::Kind::pass:
      return append_statements(rule, {MarkIs{tag.mask, tag.bits}, Accept{}});
    case Tag::Kind::clear:
      return append_statements(rule, {MarkIs{tag.mask, tag.mask}, ClearMarkBits{tag.bits}});
    case Tag::Kind::set:
      return append_statements(rule, {MarkIs{tag.mask, tag.mask}, SetMarkBits{tag.bits}});
  }
}

void set_comment(nftnl_rule* rule, const std::string& comment) {
  std::vector<std::uint8_t> userdata{kCommentType, static_cast<std::uint8_t>(comment.size() + 1)};
  userdata.insert(userdata.end(), comment.begin(), comment.end());
  userdata.push_back(0);
  nftnl_rule_set_data(rule, NFTNL_RULE_USERDATA, userdata.data(), static_cast<std::uint32_t>(userdata.size()));
}

OwnedRule rule_of(const ForeignTable& table, const ForeignChain& chain) {
  OwnedRule rule(nftnl_rule_alloc());
  if (!rule) throw std::bad_alloc();
  nftnl_rule_set_u32(rule.get(), NFTNL_RULE_FAMILY, table.family);
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_TABLE, table.name.c_str());
  nftnl_rule_set_str(rule.get(), NFTNL_RULE_CHAIN, chain.name.c_str());
  return rule;
}

}  // namespace

void add_edit(Batch& batch, const ForeignTable& table, const ForeignChain& chain, const ChainEdit& edit) {
  const OwnedRule rule = rule_of(table, chain);
  const std::string subject = table.label() + " " + chain.name;
  if (edit.remove) {
    nftnl_rule_set_u64(rule.get(), NFTNL_RULE_HANDLE, *edit.remove);
    nlmsghdr* message = batch.add(Operation::delete_rule, NFT_MSG_DELRULE, 0, subject, nullptr, table.family);
    return nftnl_rule_nlmsg_build_payload(message, rule.get());
  }
  if (edit.before) nftnl_rule_set_u64(rule.get(), NFTNL_RULE_POSITION, *edit.before);
  belongs_to_iptables(table, chain) ? build_for_iptables(rule.get(), edit.tag) : build_native(rule.get(), edit.tag);
  set_comment(rule.get(), edit.tag.comment());
  const auto flags = static_cast<std::uint16_t>(edit.before ? NLM_F_CREATE : NLM_F_CREATE | NLM_F_APPEND);
  nlmsghdr* message = batch.add(Operation::add_rule, NFT_MSG_NEWRULE, flags, subject, nullptr, table.family);
  nftnl_rule_nlmsg_build_payload(message, rule.get());
}

}  // namespace jitgate::nft
