#include "agent/api/error_reply.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace jitgate {
namespace {

TEST(ErrorReply, MapsEveryErrcToOneStatus) {
  const std::pair<errc, unsigned> table[] = {
      {errc::invalid_argument, 400}, {errc::not_supported, 400}, {errc::not_permitted, 403},  {errc::not_found, 404},
      {errc::refused, 422},          {errc::conflict, 409},      {errc::too_many, 429},       {errc::unavailable, 503},
      {errc::store_failed, 503},     {errc::system_failed, 500}, {errc::firewall_failed, 503}};
  for (const auto& [code, status] : table) EXPECT_EQ(static_cast<unsigned>(to_status(code)), status) << to_string(code);
}

TEST(ErrorReply, CarriesEveryDetail) {
  Error refusal = error(errc::refused, "against the policy", "ports");
  refusal.details.push_back(error(errc::refused, "too long \"quoted\"", "ports[0].duration"));
  const HttpReply reply = error_reply(refusal);
  EXPECT_EQ(reply.status, http::status::unprocessable_entity);
  EXPECT_EQ(boost::json::parse(reply.body),
            boost::json::parse(
                R"({"error": {"code": "Refused", "message": "against the policy", "target": "ports", "details": [
              {"code": "Refused", "message": "too long \"quoted\"", "target": "ports[0].duration"}]}})"));
}

TEST(ErrorReply, AFailureOfHttpClosesTheConnection) {
  const HttpReply reply = error_reply(http_failure(http::status::payload_too_large, "PayloadTooLarge", "too large"));
  EXPECT_TRUE(reply.close);
  EXPECT_EQ(boost::json::parse(reply.body).at("error").at("code").as_string(), "PayloadTooLarge");
}

}  // namespace
}  // namespace jitgate
