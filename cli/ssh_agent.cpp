#include "cli/ssh_agent.hpp"

#include <algorithm>

#include "agent/signature/agent_message.hpp"
#include "platform/local_channel.hpp"

namespace jitgate::cli {
namespace {

using signature::Signer;
using signature::SigningKey;

Error broken(const Error& why) {
  return error(why.code, "ssh-agent: " + describe(why));
}

/// One message to the agent, and its answer without the header.
Result<std::string> ask(const std::string& where, const std::string& message) {
  const auto channel = open_local_channel(where);
  if (!channel) return broken(channel.error());
  if (const auto sent = (*channel)->write(message); !sent) return broken(sent.error());
  const auto header = (*channel)->read(signature::kAgentHeader);
  if (!header) return broken(header.error());
  const auto size = signature::agent_message_size(*header);
  if (!size) return size.error();
  auto answer = (*channel)->read(*size);
  if (!answer) return broken(answer.error());
  return answer;
}

Failure failed(const Error& why) {
  return Failure{ExitCode::failed, describe(why)};
}

}  // namespace

Outcome<std::optional<Signer>> SshAgent::find(const SigningKey& key) const {
  const auto answer = ask(where_, signature::ask_for_keys());
  if (!answer) return failed(answer.error());
  const auto held = signature::read_keys(*answer);
  if (!held) return failed(held.error());
  // An agent that holds the certificate alone knows the key by that name only.
  for (const std::string& blob : {key.blob(), key.key.blob}) {
    if (std::ranges::find(*held, blob) == held->end()) continue;
    auto sign = [where = where_, blob, type = key.key.type](std::string_view bytes) -> Result<std::string> {
      const auto reply = ask(where, signature::ask_for_signature(blob, type, bytes));
      if (!reply) return reply.error();
      return signature::read_signature(*reply);
    };
    return std::optional(Signer{key, std::move(sign)});
  }
  return std::optional<Signer>();
}

}  // namespace jitgate::cli
