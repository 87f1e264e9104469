#include "cli/ssh_agent.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "agent/signature/agent_message.hpp"

namespace jitgate::cli {
namespace {

namespace net = boost::asio;
using signature::Signer;
using signature::SigningKey;

Error broken(const boost::system::error_code& code) {
  return error(errc::system_failed, "ssh-agent: " + code.message());
}

/// One message to the agent, and its answer without the header.
Result<std::string> ask(const std::string& path, const std::string& message) {
  net::io_context context;
  net::local::stream_protocol::socket socket(context);
  boost::system::error_code code;
  socket.connect(net::local::stream_protocol::endpoint(path), code);
  if (code) return broken(code);
  net::write(socket, net::buffer(message), code);
  if (code) return broken(code);
  std::string answer(signature::kAgentHeader, '\0');
  net::read(socket, net::buffer(answer), code);
  if (code) return broken(code);
  const auto size = signature::agent_message_size(answer);
  if (!size) return size.error();
  answer.resize(*size);
  net::read(socket, net::buffer(answer), code);
  if (code) return broken(code);
  return answer;
}

Failure failed(const Error& why) {
  return Failure{ExitCode::failed, describe(why)};
}

}  // namespace

Outcome<std::optional<Signer>> SshAgent::find(const SigningKey& key) const {
  // A path that is too long for a socket is reported by Asio as an exception.
  if (socket_.size() >= sizeof(sockaddr_un::sun_path))
    return Failure{ExitCode::failed, socket_ + ": too long for the path of a socket"};
  const auto answer = ask(socket_, signature::ask_for_keys());
  if (!answer) return failed(answer.error());
  const auto held = signature::read_keys(*answer);
  if (!held) return failed(held.error());
  // An agent that holds the certificate alone knows the key by that name only.
  for (const std::string& blob : {key.blob(), key.key.blob}) {
    if (std::ranges::find(*held, blob) == held->end()) continue;
    auto sign = [socket = socket_, blob, type = key.key.type](std::string_view bytes) -> Result<std::string> {
      const auto reply = ask(socket, signature::ask_for_signature(blob, type, bytes));
      if (!reply) return reply.error();
      return signature::read_signature(*reply);
    };
    return std::optional(Signer{key, std::move(sign)});
  }
  return std::optional<Signer>();
}

}  // namespace jitgate::cli
