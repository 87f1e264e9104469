#include "tests/foreign/listing.hpp"

#include <boost/json.hpp>
#include <regex>

namespace jitgate::netns {
namespace {

namespace json = boost::json;

/// What is not part of a rule but of its history.
void forget(json::value& value) {
  if (auto* object = value.if_object()) {
    for (const char* key : {"handle", "packets", "bytes", "expires", "index"}) object->erase(key);
    for (auto& member : *object) forget(member.value());
  }
  if (auto* array = value.if_array()) {
    for (auto& one : *array) forget(one);
  }
}

}  // namespace

std::string nft_listing(const NetworkNamespace& host) {
  auto listed = json::parse(host.check({"nft", "-j", "list", "ruleset"}));
  std::string lines;
  for (auto& one : listed.at("nftables").as_array()) {
    if (one.as_object().contains("metainfo")) continue;
    forget(one);
    lines += json::serialize(one) + "\n";
  }
  return lines;
}

std::string iptables_listing(const NetworkNamespace& host) {
  const auto saved = host.check({"iptables-save"}) + host.check({"ip6tables-save"});
  return std::regex_replace(saved, std::regex("\\[[0-9]+:[0-9]+\\]|#[^\n]*\n"), "");
}

}  // namespace jitgate::netns
