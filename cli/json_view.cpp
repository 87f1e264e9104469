#include "cli/json_view.hpp"

#include <boost/json/object.hpp>

namespace jitgate::cli {

const boost::json::value* find(const boost::json::value& value, std::string_view key) {
  const boost::json::object* object = value.if_object();
  return object == nullptr ? nullptr : object->if_contains(key);
}

std::string text_at(const boost::json::value& value, std::string_view key) {
  const boost::json::value* member = find(value, key);
  if (member == nullptr || !member->is_string()) return {};
  return std::string(member->get_string().c_str(), member->get_string().size());
}

std::int64_t number_at(const boost::json::value& value, std::string_view key) {
  const boost::json::value* member = find(value, key);
  if (member == nullptr || !member->is_number()) return 0;
  boost::system::error_code out_of_range;
  const auto number = member->to_number<std::int64_t>(out_of_range);
  return out_of_range ? 0 : number;
}

bool flag_at(const boost::json::value& value, std::string_view key) {
  const boost::json::value* member = find(value, key);
  return member != nullptr && member->is_bool() && member->get_bool();
}

const boost::json::array& list_at(const boost::json::value& value, std::string_view key) {
  static const boost::json::array empty;
  const boost::json::value* member = find(value, key);
  return member != nullptr && member->is_array() ? member->get_array() : empty;
}

}  // namespace jitgate::cli
