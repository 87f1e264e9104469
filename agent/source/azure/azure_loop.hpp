#pragma once

#include <optional>
#include <string>
#include <variant>

#include "agent/model/clock.hpp"
#include "agent/source/azure/azure_answer.hpp"
#include "agent/source/azure/azure_token.hpp"
#include "agent/source/backoff.hpp"
#include "agent/source/delivery.hpp"
#include "agent/source/jitter.hpp"

namespace jitgate {

/// When to ask Azure for a token, when for the policy, and what to make of the answers. Sans-I/O: next() says what to
/// do, the answer comes back by the function that its step names.
class AzureLoop {
 public:
  struct GetToken {};   ///< got_token()
  struct GetPolicy {};  ///< with token(): got_policy(), or failed()
  struct Deliver {      ///< delivered()
    Delivery delivery;
  };
  struct Wait {
    BootTime until;
  };
  using Step = std::variant<GetToken, GetPolicy, Deliver, Wait>;

  /// `interval`: between polls, give or take a tenth, so that hosts that started together do not go on together.
  AzureLoop(Duration interval, Jitter jitter);

  [[nodiscard]] Step next(BootTime now);
  [[nodiscard]] const std::string& token() const { return token_->text; }

  void got_token(Result<AzureToken> token, BootTime now);
  /// True where Azure has said something about the policy: the source was heard of.
  bool got_policy(AzureAnswer answer, BootTime now);
  /// There was no answer.
  void failed(const std::string& why, BootTime now);
  /// `taken`: as SourceSink::deliver says.
  void delivered(bool taken, BootTime now);
  /// Everything is delivered again, as soon as Azure may be asked.
  void resync();

  [[nodiscard]] const std::optional<std::string>& problem() const { return problem_; }

 private:
  void take(AzurePolicy policy, BootTime now);
  void refuse_token(const std::string& why, BootTime now);
  void back_off(std::string why, std::optional<Duration> at_least, BootTime now);
  void poll_after_interval(BootTime now);

  Duration interval_;
  Jitter jitter_;
  Backoff backoff_;
  Backoff token_backoff_;
  BootTime due_{};          ///< the next question for the policy
  bool held_back_ = false;  ///< due_ is after a failure

  std::optional<AzureToken> token_;
  BootTime refresh_at_{};
  BootTime expires_at_{};
  BootTime token_due_{};   ///< the next question for a token, where one is needed
  bool used_ = false;      ///< a question was asked with the token
  bool replaced_ = false;  ///< the token was asked for because the one before it was refused

  std::optional<Delivery> to_deliver_;
  BootTime deliver_at_{};
  Backoff delivery_backoff_;
  std::optional<Delivery> delivered_;  ///< what the agent took last
  bool again_ = false;                 ///< it is to be delivered though nothing may have changed
  std::optional<std::string> problem_;
};

}  // namespace jitgate
