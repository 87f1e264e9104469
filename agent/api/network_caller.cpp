#include "agent/api/network_caller.hpp"

#include <boost/beast/core/string.hpp>

#include "agent/api/error_reply.hpp"

namespace jitgate {
namespace {

namespace ip = boost::asio::ip;

constexpr std::string_view kScheme = "Bearer ";

ip::address unmapped(const ip::address& peer) {
  if (peer.is_v6() && peer.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, peer.to_v6());
  return peer;
}

Result<TokenHolder> find_holder(const HttpRequest& request, const std::optional<std::string>& certificate,
                                TokenFile& tokens) {
  const auto given = request.count(http::field::authorization);
  if (given == 0 && certificate) return tokens.find_certificate(*certificate);
  if (given == 0) return error(errc::not_permitted, "neither a token nor a client certificate was shown");
  const auto field = request[http::field::authorization];
  const std::string_view value(field.data(), field.size());
  const bool bearer = boost::beast::iequals(field.substr(0, kScheme.size()), {kScheme.data(), kScheme.size()});
  if (given > 1 || !bearer) return error(errc::not_permitted, "the Authorization field is not one bearer token");
  return tokens.find_token(value.substr(kScheme.size()));
}

}  // namespace

std::string peer_text(const ip::address& peer) {
  return unmapped(peer).to_string();
}

std::optional<AddressPrefix> peer_source(const ip::address& peer) {
  const ip::address address = unmapped(peer);
  if (address.is_loopback()) return std::nullopt;
  if (address.is_v4()) return AddressPrefix::of(address.to_v4().to_bytes(), 32);
  return AddressPrefix::of(address.to_v6().to_bytes(), 128);
}

NetworkCaller identify_request(const HttpRequest& request, const std::optional<std::string>& certificate,
                               const ip::address& peer, TokenFile& tokens) {
  Result<TokenHolder> holder = find_holder(request, certificate, tokens);
  if (holder) {
    const char* by = request.count(http::field::authorization) > 0 ? "token, " : "certificate, ";
    return {Caller{std::move(holder->name), by + peer_text(peer), holder->roles, std::nullopt, peer_source(peer)},
            std::nullopt};
  }
  HttpFailure failure = http_failure(http::status::unauthorized, "AuthenticationFailed",
                                     "show a bearer token or a client certificate that this host knows");
  failure.error.code = errc::not_permitted;
  return {std::move(failure), holder.error()};
}

}  // namespace jitgate
