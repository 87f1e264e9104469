#include "agent/api/network_caller.hpp"
#include "tests/host/file_access.hpp"
#include "tests/scratch_directory.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace jitgate {
namespace {

using boost::asio::ip::make_address;

class NetworkCallers : public testing::Test {
 protected:
  NetworkCallers() {
    const std::string path = directory_.file("tokens.yaml");
    std::ofstream(path) << "- {name: ann, role: requester, sha256: \"" << to_hex(sha256("secret")) << "\"}\n"
                        << "- {name: build.example, role: reader, certificate: true}\n";
    set_file_access(path, FileAccess::owner);
    tokens_.emplace(path);
  }

  NetworkCaller identify(const std::vector<std::string>& authorization,
                         const std::optional<std::string>& certificate = {}, const char* peer = "198.51.100.20") {
    HttpRequest request;
    for (const std::string& value : authorization) request.insert(http::field::authorization, value);
    return identify_request(request, certificate, make_address(peer), *tokens_);
  }

  ScratchDirectory directory_;
  std::optional<TokenFile> tokens_;
};

TEST_F(NetworkCallers, ATokenMakesTheCaller) {
  const NetworkCaller identified = identify({"Bearer secret"});
  ASSERT_TRUE(identified.caller.has_value());
  EXPECT_EQ(identified.caller->name, "ann");
  EXPECT_EQ(identified.caller->peer, "token, 198.51.100.20");
  EXPECT_TRUE(identified.caller->roles.has(Role::requester));
  EXPECT_EQ(identified.caller->address, AddressPrefix::parse("198.51.100.20").value());
  EXPECT_TRUE(identify({"bearer secret"}).caller.has_value()) << "the scheme's case does not matter";
}

TEST_F(NetworkCallers, ACertificateDoesWhereThereIsNoToken) {
  const NetworkCaller identified = identify({}, "build.example");
  ASSERT_TRUE(identified.caller.has_value());
  EXPECT_EQ(identified.caller->name, "build.example");
  EXPECT_EQ(identified.caller->peer, "certificate, 198.51.100.20");
}

TEST_F(NetworkCallers, AnythingElseIs401AndSaysWhyOnlyToTheAudit) {
  for (const auto& fields : std::vector<std::vector<std::string>>{
           {}, {"Bearer wrong"}, {"Bearer"}, {"Basic c2VjcmV0"}, {"Bearer secret", "Bearer secret"}, {""}}) {
    const NetworkCaller identified = identify(fields);
    ASSERT_TRUE(identified.caller.has_error());
    EXPECT_EQ(identified.caller.error().status, http::status::unauthorized);
    EXPECT_EQ(identified.caller.error().code, "AuthenticationFailed");
    EXPECT_TRUE(identified.why);
  }
  EXPECT_TRUE(identify({"Bearer wrong"}, "build.example").caller.has_error()) << "a wrong token is not forgiven";
  EXPECT_TRUE(identify({}, "ann").caller.has_error());
}

TEST(PeerSource, IsTheAddressButOfThisHost) {
  EXPECT_EQ(peer_source(make_address("198.51.100.20")), AddressPrefix::parse("198.51.100.20").value());
  EXPECT_EQ(peer_source(make_address("::ffff:198.51.100.20")), AddressPrefix::parse("198.51.100.20").value());
  EXPECT_EQ(peer_source(make_address("2001:db8::20")), AddressPrefix::parse("2001:db8::20").value());
  for (const char* local : {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_EQ(peer_source(make_address(local)), std::nullopt) << local;
  }
}

}  // namespace
}  // namespace jitgate
