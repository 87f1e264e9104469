#pragma once

#include <optional>
#include <string>

#include "agent/config/source_config.hpp"
#include "agent/model/result.hpp"
#include "agent/signature/verify.hpp"
#include "platform/secret_file.hpp"

namespace jitgate {

/// The files of `trust`, read again when they change. A file that cannot be read or understood changes nothing: the
/// keys of its last good state go on. Where there was none yet, nobody's signature counts.
class TrustFiles {
 public:
  /// The files may be others from now on; what they say is read by the next refresh().
  void use(const TrustConfig& config);
  /// True: whose signatures count has changed since documents were judged.
  bool refresh();

  /// errc::unavailable while the files have never been read.
  [[nodiscard]] Result<const signature::Keys*> keys() const;
  /// What is wrong with the files now, in words for the status; nullopt: nothing.
  [[nodiscard]] const std::optional<std::string>& problem() const { return problem_; }

 private:
  struct Stamps {
    std::optional<FileStamp> allowed;
    std::optional<FileStamp> revoked;
    friend bool operator==(const Stamps&, const Stamps&) = default;
  };
  [[nodiscard]] Stamps look() const;
  [[nodiscard]] Result<signature::Keys> read() const;

  TrustConfig config_;
  std::optional<Stamps> stamps_;  ///< of what was read last; nullopt: to be read (again)
  std::optional<signature::Keys> keys_;
  std::optional<std::string> problem_;
};

}  // namespace jitgate
