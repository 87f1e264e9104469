#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "agent/model/digest.hpp"
#include "agent/source/delivery.hpp"
#include "agent/source/directory/spool_entry.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {

/// How long to wait for what, and how much to hold.
struct SpoolLimits {
  std::chrono::milliseconds patience = std::chrono::seconds(10);  ///< with a half-written entry, before it is reported
  std::chrono::milliseconds check = std::chrono::seconds(5);      ///< between looks at the directory itself
  std::chrono::milliseconds retry = std::chrono::seconds(1);      ///< after a failure; doubles up to...
  std::chrono::milliseconds longest_retry = std::chrono::seconds(30);  ///< ... this, of deliveries
  std::size_t documents = 10'000;
  std::size_t bytes =
      std::size_t{64} * 1024 * 1024;  ///< of all documents with their signatures: a snapshot has them all
};

/// What is known of a spool directory, and what to do next. Sans-I/O: next() says what to do, the answer comes back by
/// the function that its step names; what happens in the directory meanwhile is told at any time.
class SpoolState {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Open {};   ///< open the directory anew, watch it: opened() or lost()
  struct List {};   ///< list all its names: listed() or lost()
  struct Check {};  ///< see that it is still there and trusted: checked() or lost()
  struct Read {     ///< look at an entry: read()
    std::string key;
  };
  struct Deliver {  ///< give this to the sink: delivered()
    Delivery delivery;
  };
  struct Wait {  ///< until something happens, or until then
    Time until;
  };
  using Step = std::variant<Open, List, Check, Read, Deliver, Wait>;

  /// Without `removal_revokes` nothing is withdrawn for being gone: no key is removed and no delivery is a snapshot.
  SpoolState(bool needs_signature, bool removal_revokes, SpoolLimits limits = {})
      : needs_signature_(needs_signature), removal_revokes_(removal_revokes), limits_(limits) {}

  [[nodiscard]] Step next(Time now);

  /// `stamp`: of the directory, from before anything in it is looked at.
  void opened(const FileStamp& stamp, Time now);
  /// The directory cannot be read. What was delivered of it stays.
  void lost(std::string why, Time now);
  void listed(const std::vector<std::string>& names);
  /// What has changed and is not told within two checks is not waited for: the directory is opened and watched anew.
  void checked(const FileStamp& stamp, Time now);
  void read(const std::string& key, EntryReading reading, Time now);
  /// `taken`: as SourceSink::deliver says. Otherwise everything is delivered again, later.
  void delivered(bool taken, Time now);

  void changed(std::string_view file_name);
  /// Something has become of the directory itself.
  void unsettle() { unsettled_ = told_ = true; }
  /// Changes went unseen, or somebody wants all of it: everything is delivered again.
  void start_over() { listing_ = true; }

  /// What is wrong now, in words; nullopt: nothing. Half-written entries only after a while.
  [[nodiscard]] std::optional<std::string> problem() const;

 private:
  struct Identity {
    Digest document;
    std::optional<Digest> signature;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  struct Entry {
    bool held = false;               ///< the sink has it, or gets it next
    std::size_t size = 0;            ///< of what is held
    std::optional<Identity> last{};  ///< what was held last
    std::optional<Time> patience{};  ///< with its other half, until then
    std::string waits_because{};
    bool overdue = false;  ///< patience has ended, with a signature that seemed to be another document's
  };

  [[nodiscard]] std::optional<std::string> next_key();
  [[nodiscard]] Step deliver();
  void lose_patience(Time now);
  void hold(const std::string& key, DeliveredDocument document, Time now);
  void take(const std::string& key, Entry& entry, DeliveredDocument document);
  void let_go(const std::string& key);
  void wait_for(const std::string& key, std::string why, Time now);
  void postpone(std::chrono::milliseconds pause, Time now);

  bool needs_signature_;
  bool removal_revokes_;
  SpoolLimits limits_;

  bool open_ = false;
  bool unsettled_ = false;
  bool listing_ = true;      ///< to be listed, not before not_before_
  bool everything_ = false;  ///< what is collected is all that there is
  Time not_before_{};
  Time check_at_{};
  FileStamp stamp_{};                  ///< of the directory, when all that had changed was told
  std::optional<FileStamp> untold_{};  ///< of the last check, when something had changed and nothing was told
  bool told_ = false;                  ///< of a change, since the last check
  std::chrono::milliseconds backoff_{};

  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::string> to_list_;  ///< what a listing found and is to be read, last first
  std::set<std::string, std::less<>> dirty_;
  std::set<std::pair<Time, std::string>> patience_;
  std::map<std::string, DeliveredDocument, std::less<>> collected_;
  std::set<std::string, std::less<>> removed_;
  std::size_t held_documents_ = 0;
  std::size_t held_bytes_ = 0;

  std::optional<std::string> directory_problem_;
  std::map<std::string, std::string, std::less<>> problems_;  ///< by key
};

}  // namespace jitgate
