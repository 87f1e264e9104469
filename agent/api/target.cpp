#include "agent/api/target.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

Error bad_target(std::string message) {
  return error(errc::invalid_argument, std::move(message), "target");
}

Result<std::string> decode(const boost::urls::pct_string_view& encoded) {
  std::string text = encoded.decode();
  if (!is_utf8(text) || has_control_characters(text)) return bad_target("holds a control character or malformed UTF-8");
  return text;
}

Result<std::string> decode_segment(const boost::urls::pct_string_view& encoded) {
  Result<std::string> text = decode(encoded);
  if (!text) return text;
  if (text->empty()) return bad_target("has an empty path segment");
  if (*text == "." || *text == "..") return bad_target("has a relative path segment");
  if (text->find_first_of("/\\") != std::string::npos) return bad_target("has an encoded slash");
  return text;
}

Result<void> decode_query(const boost::urls::url_view& url, Target& target) {
  for (const auto parameter : url.encoded_params()) {
    Result<std::string> name = decode(parameter.key);
    if (!name) return name.error();
    Result<std::string> value = decode(parameter.value);
    if (!value) return value.error();
    if (!target.query.emplace(*name, *value).second)
      return error(errc::invalid_argument, "given more than once", *name);
  }
  return {};
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  const auto url = boost::urls::parse_origin_form(boost::core::string_view(text.data(), text.size()));
  if (!url) return bad_target("is not a path with an optional query");
  Target target;
  for (const auto encoded : url->encoded_segments()) {
    Result<std::string> segment = decode_segment(encoded);
    if (!segment) return segment.error();
    target.segments.push_back(std::move(*segment));
  }
  if (const Result<void> query = decode_query(*url, target); !query) return query.error();
  return target;
}

}  // namespace jitgate
