#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/config/config.hpp"
#include "agent/control/audit_events.hpp"
#include "agent/control/document_judge.hpp"
#include "agent/control/grant_book.hpp"
#include "agent/control/one_at_a_time.hpp"
#include "agent/control/recorder.hpp"
#include "agent/control/refused_documents.hpp"
#include "agent/control/source_claims.hpp"
#include "agent/control/source_contact.hpp"
#include "agent/control/status_report.hpp"
#include "agent/control/trust_files.hpp"
#include "agent/source/source_sink.hpp"
#include "agent/store/grant_store.hpp"

namespace jitgate {

/// Takes in what grant sources deliver: whom to believe, which grant it is, who holds it, and what becomes of it when a
/// source withdraws it or falls silent. Whether the policy allows it, and how it opens, is the agent's.
class SourceDesk {
 public:
  struct Hooks {
    /// Whether anything can be taken in, and whether anything can open.
    std::function<Result<void>()> loaded;
    std::function<Result<void>()> can_open;
    std::function<Result<void>(const Grant&)> judge;
    /// A grant has opened.
    std::function<void(const GrantRecord&)> opened;
    /// A grant has ended that the store may still have as live.
    std::function<void(const std::string& id)> unrecorded;
    /// Somebody was refused something; `recorded`: the audit has it.
    std::function<void(const Error&, bool recorded)> refused;
    std::function<boost::asio::awaitable<Result<void>>(std::string source, std::vector<PolicyPort>)> set_policy;
    /// next_event() has changed.
    std::function<void()> rearm;
  };

  /// Everything is borrowed. `config` is read whenever it is needed.
  SourceDesk(boost::asio::any_io_executor executor, const Config& config, GrantBook& book, Recorder& recorder,
             GrantStore& store, const Clock& clock, Hooks hooks);

  /// The sink of a source of the configuration.
  [[nodiscard]] std::shared_ptr<SourceSink> sink(const std::string& source);
  /// Every source is to deliver everything again: called whenever something may be allowed that was not.
  void on_resync(std::function<void()> resync) { resync_ = std::move(resync); }
  void resync() {
    if (resync_) resync_();
  }

  /// What an earlier run knew. Before its grants become live.
  void restore(const StoredState& stored);
  /// The configuration has changed.
  void configured();
  /// Sources hold this grant, and none of them is configured any more.
  [[nodiscard]] bool abandoned(const std::string& id) const;

  /// Closes what those have granted that have been silent for too long.
  void advance();
  [[nodiscard]] std::optional<BootTime> next_event() const;
  /// Everybody who holds this grant has been silent for too long.
  [[nodiscard]] bool kept_closed(const std::string& id) const;
  /// Closes again what is kept closed, after somebody else has opened it.
  void hold_silent();
  /// They are not kept closed any more.
  void release(const std::vector<std::string>& ids);

  [[nodiscard]] std::vector<SourceStatus> status() const;

  static constexpr const char* kContactSetting = "sourceContact.";

 private:
  class Sink;
  struct Candidate {
    std::string key;
    std::string document;
    Grant grant;
    std::optional<signature::VerifiedSigner> signer;
  };
  struct Notice {
    std::string key;
    Revocation revocation;
    std::optional<signature::VerifiedSigner> signer;
  };
  struct Sorted {
    std::vector<Candidate> grants;  ///< the newest last
    std::vector<Notice> revocations;
  };
  /// How many grants of a source there may still be.
  struct Quota {
    std::map<std::string, std::size_t> of_requestor;
    std::size_t all = 0;
    /// Whose place another has taken, and nobody else can.
    std::set<std::string> given_up{};
  };
  /// The grants of one delivery, and how far they are judged.
  struct Intake {
    const SourceConfig& source;
    std::vector<Candidate> candidates;
    std::vector<KnownId> known;  ///< of each
    std::size_t judged = 0;
    Quota writing{};  ///< those that are being made durable: in no book yet
    std::map<std::string, Digest> seen{};
    Result<void> left_out{};  ///< why some were passed over, to be delivered again
  };
  /// Those that are opened together, and what has to be durable for that.
  struct Opening {
    std::vector<Candidate> fresh;
    std::vector<GrantRecord> records;  ///< of each
    std::set<GrantPortRef> replaced;
    StoreChange change;
  };

  // Taking in (source_desk.cpp)
  [[nodiscard]] boost::asio::awaitable<Result<void>> deliver(std::string source, Delivery delivery);
  [[nodiscard]] boost::asio::awaitable<Result<void>> take_in(const SourceConfig& source, Delivery& delivery);
  [[nodiscard]] boost::asio::awaitable<Result<Sorted>> sort_out(SourceConfig source,
                                                                std::vector<DeliveredDocument> documents);
  void drop_unconfigured();
  void let_go(const std::string& source, const std::string& key);
  [[nodiscard]] const SourceConfig* find(const std::string& source) const;
  [[nodiscard]] Result<void> still_configured(const SourceConfig& settings) const;
  void remember(const std::string& source, const std::string& key, const std::string& id, const Digest& digest);
  void refresh_trust();
  void heard(const std::string& source);
  void synced(const std::string& source);
  void set_problem(const std::string& source, std::optional<std::string> problem);

  // Which grants open (source_grants.cpp)
  [[nodiscard]] boost::asio::awaitable<Result<void>> take_grants(const SourceConfig& source,
                                                                 std::vector<Candidate> candidates);
  [[nodiscard]] boost::asio::awaitable<Result<std::vector<KnownId>>> look_up(const std::vector<Candidate>& candidates);
  [[nodiscard]] boost::asio::awaitable<Result<Opening>> next_opening(Intake& intake);
  [[nodiscard]] std::vector<Candidate> judge_some(Intake& intake);
  [[nodiscard]] Result<void> may_open(const SourceConfig& source, const Grant& grant, Quota& quota) const;
  [[nodiscard]] Result<bool> is_fresh(const SourceConfig& source, const Candidate& candidate, const KnownId& known,
                                      const std::map<std::string, Digest>& seen) const;
  [[nodiscard]] Result<void> within(const Grant& grant, Quota& quota) const;
  void count(const SourceConfig& source, const Grant& grant, Quota& quota) const;
  [[nodiscard]] std::optional<std::string> place_for(const SourceConfig& source, const Grant& grant,
                                                     const Quota& quota) const;
  [[nodiscard]] Quota quota_of(const std::string& source) const;
  void keep_claim(const SourceConfig& source, const Candidate& candidate);

  // How they open (source_opening.cpp)
  [[nodiscard]] boost::asio::awaitable<Result<void>> open_all(Intake& intake);
  [[nodiscard]] boost::asio::awaitable<Result<Opening>> open_and_go_on(Intake& intake, Opening durable);
  [[nodiscard]] Result<void> may_be_written(const SourceConfig& source, Opening& opening);
  [[nodiscard]] Quota quota_of(const SourceConfig& source, const Opening& writing) const;
  [[nodiscard]] Opening prepare(const SourceConfig& source, std::vector<Candidate> fresh);
  void replace_older(const SourceConfig& source, Opening& opening);
  [[nodiscard]] boost::asio::awaitable<Result<void>> write(const SourceConfig& source, Opening& opening);
  [[nodiscard]] boost::asio::awaitable<Result<void>> write_singly(const SourceConfig& source, Opening opening);
  void open(const SourceConfig& source, Opening durable);

  // Endings (source_endings.cpp)
  [[nodiscard]] boost::asio::awaitable<Result<void>> revoke(const SourceConfig& source, std::vector<Notice> notices);
  [[nodiscard]] bool may_revoke(const SourceConfig& source, const Notice& notice, const GrantRecord& record);
  [[nodiscard]] boost::asio::awaitable<Result<void>> revoke_early(const SourceConfig& source, const Notice& notice);
  [[nodiscard]] boost::asio::awaitable<void> withdraw(std::string source, std::vector<std::string> ids);
  [[nodiscard]] bool end_in(StoreChange& change, const std::string& id, StatusReason reason, AuditEvent happened);
  [[nodiscard]] boost::asio::awaitable<void> write_endings(StoreChange change, std::vector<std::string> ids);

  void refuse(const SourceConfig& source, const DeliveredDocument& delivered, const Error& why);
  void refuse(const SourceConfig& source, const std::string& key, const Digest& digest, const Error& why,
              Matter matter);

  boost::asio::any_io_executor executor_;
  const Config& config_;
  GrantBook& book_;
  Recorder& recorder_;
  GrantStore& store_;
  const Clock& clock_;
  Hooks hooks_;
  std::function<void()> resync_;
  OneAtATime turns_;
  TrustFiles trust_;
  SourceClaims claims_;
  RefusedDocuments refused_;
  std::uint64_t configured_ = 0;                   ///< how often the configuration has changed
  std::uint64_t judged_by_ = 0;                    ///< `configured_` as the delivery under way began
  std::map<std::string, WallTime> last_contacts_;  ///< of an earlier run
  std::map<std::string, SourceContact> contacts_;
  std::set<std::string> silent_;
  std::set<std::string>
      asked_;  ///< of those that are silent: heard of again, and to deliver everything before it counts
  std::vector<std::string> loose_;  ///< ids that the delivery under way has taken from a key
};

/// Why a source's grant is believed, for the audit.
[[nodiscard]] std::string believed_because(const Grant& grant, const std::optional<signature::VerifiedSigner>& signer);
/// Who stands in the audit for what a source says.
[[nodiscard]] Caller source_caller(const std::string& source, const std::optional<signature::VerifiedSigner>& signer);

}  // namespace jitgate
