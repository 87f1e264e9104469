#include "agent/api/decode_fields.hpp"
#include "agent/config/policy_document.hpp"
#include "agent/model/strict_json.hpp"

namespace jitgate {
namespace {

/// Text of a file, and the name that messages give it.
struct NamedFile {
  std::string text;
  std::string name;
};

Result<NamedFile> decode_file(const JsonObject& object) {
  const Result<std::string_view> yaml = object.text("yaml");
  if (!yaml) return yaml.error();
  NamedFile file{std::string(*yaml), "policy"};
  if (!object.has("name")) return file;
  const Result<std::string_view> name = object.text("name");
  if (!name) return name.error();
  file.name = *name;
  return file;
}

Result<ApiCall> put_of(Result<std::vector<PolicyPort>> ports) {
  if (!ports) return ports.error();
  return ApiCall(PutPolicy{std::move(*ports)});
}

Result<ApiCall> without_body(const CallInput& input, ApiCall call) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  if (const Result<void> body = expect_no_body(input); !body) return body.error();
  return call;
}

}  // namespace

Result<ApiCall> decode_get_policy(const CallInput& input) {
  return without_body(input, GetPolicy{});
}
Result<ApiCall> decode_delete_policy(const CallInput& input) {
  return without_body(input, DeletePolicy{});
}

/// The ports as JSON, or as the text of a YAML file; neither: the default.
Result<ApiCall> decode_put_policy(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"ports", "yaml", "name"});
  if (!object) return object.error();
  if (object->has("yaml")) {
    if (object->has("ports")) return error(errc::invalid_argument, "give one of ports and yaml", "ports");
    const Result<NamedFile> file = decode_file(*object);
    if (!file) return file.error();
    return put_of(parse_policy_file(file->text, file->name));
  }
  if (object->has("name")) return error(errc::invalid_argument, "names the file of yaml, which is not there", "name");
  if (!object->has("ports")) return ApiCall(PutPolicy{});
  return put_of(read_policy_ports(**object->require("ports"), "ports"));
}

Result<ApiCall> decode_check_policy(const CallInput& input) {
  if (const Result<void> query = expect_query(input, {}); !query) return query.error();
  const Result<boost::json::value> json = parse_strict_json(input.body);
  if (!json) return json.error();
  const Result<JsonObject> object = JsonObject::from(*json, "", {"yaml", "name"});
  if (!object) return object.error();
  Result<NamedFile> file = decode_file(*object);
  if (!file) return file.error();
  return ApiCall(CheckPolicy{std::move(file->text), std::move(file->name)});
}

}  // namespace jitgate
