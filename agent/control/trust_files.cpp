#include "agent/control/trust_files.hpp"

#include <spdlog/spdlog.h>

#include "platform/trusted_file.hpp"

namespace jitgate {
namespace {

std::optional<FileStamp> stamp_of(const std::string& path) {
  const auto stamp = stamp_file(path);
  return stamp ? std::optional(*stamp) : std::nullopt;
}

}  // namespace

void TrustFiles::use(const TrustConfig& config) {
  const bool same = config_.allowed_signers == config.allowed_signers && config_.revoked_keys == config.revoked_keys;
  config_ = config;
  if (same) return;
  stamps_.reset();
  keys_.reset();
}

bool TrustFiles::refresh() {
  const auto now = look();
  if (stamps_ == now) return false;
  const bool first = !keys_.has_value();  // nothing was judged by what was there before
  auto keys = read();
  if (!keys) {
    // Tried again each time: the files need not change for what stood in the way to go.
    stamps_.reset();
    if (problem_ == describe(keys.error())) return false;
    problem_ = describe(keys.error());
    spdlog::error("who may sign grants cannot be read{}: {}", keys_ ? "; what was read before goes on" : "", *problem_);
    return false;
  }
  stamps_ = now;
  problem_.reset();
  keys_ = std::move(*keys);
  return !first;
}

Result<const signature::Keys*> TrustFiles::keys() const {
  if (keys_) return &*keys_;
  return error(errc::unavailable, "who may sign grants is not known: " + problem_.value_or("nothing was read yet"),
               "trust");
}

TrustFiles::Stamps TrustFiles::look() const {
  return {stamp_of(config_.allowed_signers), config_.revoked_keys ? stamp_of(*config_.revoked_keys) : std::nullopt};
}

Result<signature::Keys> TrustFiles::read() const {
  const auto text = read_trusted_file(config_.allowed_signers, signature::kMaxAllowedSigners);
  if (!text) return text.error();
  auto allowed = signature::parse_allowed_signers(*text, config_.allowed_signers);
  if (!allowed) return allowed.error();
  signature::Keys keys{std::move(*allowed)};
  if (!config_.revoked_keys) return keys;
  const auto listed = read_trusted_file(*config_.revoked_keys, signature::kMaxRevokedKeys);
  if (!listed) return listed.error();
  auto revoked = signature::parse_revoked_keys(*listed, *config_.revoked_keys);
  if (!revoked) return revoked.error();
  keys.revoked = std::move(*revoked);
  return keys;
}

}  // namespace jitgate
