// Clients that connect and say nothing. A Unix socket says at once whose they are; a pipe only once they have spoken.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "tests/unit/api/raw_client.hpp"
#include "tests/unit/api/running_api.hpp"

namespace jitgate {
namespace {

TEST(ApiIdleClients, AThousandIdleOnesLeaveRoomForOthers) {
  RunningApi api;
  api.start();
  api.become_reader();
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 1000; ++i) idle.push_back(std::make_unique<RawClient>(api.socket()));
  const auto refused = idle.back()->receive();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503u);
  EXPECT_EQ(refused->json().at("error").at("code").as_string(), "TooMany");
  EXPECT_EQ(idle.front()->exchange(get("/healthz")).status, 200u) << "the first ones are served";
  api.become_requester();
  EXPECT_EQ(call(api.socket(), get("/healthz")).status, 200u) << "another user is served";
}

}  // namespace
}  // namespace jitgate
