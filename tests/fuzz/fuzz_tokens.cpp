// What decides who a caller over the network is: the tokens file, and the Authorization field of a request as it comes
// off the wire. The first byte says which.

#include <sys/stat.h>

#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "agent/api/network_caller.hpp"
#include "agent/api/request_reader.hpp"
#include "agent/api/token_file.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/scratch_directory.hpp"

namespace {

using namespace jitgate;
using fuzz::check;

constexpr const char* kToken = "jitgate_known";
constexpr const char* kCertificate = "known.example";

/// A file with one token and one certificate, for as long as the process lives.
class KnownTokens {
 public:
  KnownTokens() {
    const std::string path = directory_.file("tokens.yaml");
    std::ofstream(path) << "- {name: alice, role: requester, sha256: \"" << to_hex(sha256(kToken)) << "\"}\n"
                        << "- {name: " << kCertificate << ", role: reader, certificate: true}\n";
    check(::chmod(path.c_str(), 0600) == 0, "the file is ours alone");
    file_.emplace(path);
    // Or all that is checked below would be that nobody is ever let in.
    check(file_->find_token(kToken).has_value(), "the token is known");
    check(file_->find_certificate(kCertificate).has_value(), "the certificate is known");
  }

  TokenFile& file() { return *file_; }

 private:
  ScratchDirectory directory_;
  std::optional<TokenFile> file_;
};

void check_file(std::string_view yaml) {
  const auto entries = parse_tokens(yaml, "tokens.yaml");
  if (!entries) return check(!describe(entries.error()).empty(), "a refusal has a reason");
  for (const TokenEntry& entry : *entries) {
    check(!entry.name.empty() && entry.name.size() <= 256, "a holder has a name");
    check(roles_of(entry.role).has(entry.role), "a holder has the role of the entry");
  }
}

void check_caller(const HttpRequest& request, const std::optional<std::string>& certificate) {
  static KnownTokens known;
  const auto peer = boost::asio::ip::make_address("198.51.100.7");
  const NetworkCaller identified = identify_request(request, certificate, peer, known.file());
  const auto fields = request.count(http::field::authorization);
  if (identified.caller) {
    const Caller& caller = *identified.caller;
    const auto field = request[http::field::authorization];
    const bool by_token = fields == 1 && field.size() == 7 + std::string_view(kToken).size() &&
                          field.substr(7) == kToken && caller.name == "alice";
    check(by_token || (fields == 0 && certificate == kCertificate && caller.name == kCertificate),
          "only who shows the token or the certificate is let in");
    check(!caller.roles.has(Role::administrator) && !caller.roles.has(Role::approver), "with the role of the entry");
    check(!identified.why, "who is let in was not refused");
    return;
  }
  check(identified.caller.error().status == http::status::unauthorized, "everybody else is 401");
  check(identified.why.has_value(), "and the audit knows why");
}

void check_request(std::string_view bytes) {
  boost::beast::flat_buffer buffer;
  buffer.commit(boost::asio::buffer_copy(buffer.prepare(bytes.size()), boost::asio::buffer(bytes)));
  RequestReader reader(HttpLimits{});
  const auto progress = reader.advance(buffer);
  if (progress.has_error() || *progress != RequestReader::Progress::complete) return;
  const HttpRequest request = reader.take();
  check_caller(request, std::nullopt);
  check_caller(request, kCertificate);
  check_caller(request, "unknown.example");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest = fuzz::text_of(data + 1, size - 1);
  data[0] == 'f' ? check_file(rest) : check_request(rest);
  return 0;
}
