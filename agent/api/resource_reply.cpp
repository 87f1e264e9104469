#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "agent/api/resource.hpp"
#include "agent/model/grant_document.hpp"

namespace jitgate {

HttpReply json_reply(const boost::json::value& value, http::status status) {
  HttpReply reply;
  reply.status = status;
  reply.body = boost::json::serialize(value);
  return reply;
}

boost::json::value receipt_to_json(const GrantReceipt& receipt, const Clock& clock) {
  boost::json::value json = to_json(receipt.record, clock.wall_now(), clock.boot_now(), clock.boot_id());
  boost::json::object& object = json.as_object();
  object["open"] = receipt.open;
  if (!receipt.open && !receipt.pending_reason.empty()) object["pendingReason"] = receipt.pending_reason;
  if (receipt.terminated > 0) object["terminated"] = receipt.terminated;
  return json;
}

HttpReply created_reply(const GrantReceipt& receipt, const Clock& clock) {
  return json_reply(receipt_to_json(receipt, clock), receipt.open ? http::status::created : http::status::accepted);
}

}  // namespace jitgate
