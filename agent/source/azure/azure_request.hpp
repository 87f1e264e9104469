#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace jitgate {

/// What all requests of a resource have in common.
struct AzureRequestContext {
  std::string_view resource_id;
  std::string_view host;
  std::string_view machine_id;                                     ///< of this host, as the policy has it
  std::map<std::int64_t, std::set<std::string_view>> protocols{};  ///< that the policy has, by port
};

/// Adds a document for each port and prefix that an element of `requests` has for the machine, by its id.
void add_grants(const boost::json::object& request, const AzureRequestContext& context,
                std::map<std::string, std::string>& documents, std::vector<std::string>& problems);

/// A port's number, also where it is written as text; 0 where it is neither.
[[nodiscard]] std::int64_t azure_number(const boost::json::object& port);

}  // namespace jitgate
