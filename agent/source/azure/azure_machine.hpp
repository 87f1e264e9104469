#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "agent/model/result.hpp"

namespace jitgate {

/// The element of a list of {"id", "ports"} that is this host; null: none is. Fails where several are.
[[nodiscard]] Result<const boost::json::object*> find_machine(const boost::json::array& machines,
                                                              std::string_view host);

/// Empty where it is no text.
[[nodiscard]] std::string_view text_of(const boost::json::object& object, std::string_view key);
/// Null where it is no list.
[[nodiscard]] const boost::json::array* list_of(const boost::json::object& object, std::string_view key);

}  // namespace jitgate
