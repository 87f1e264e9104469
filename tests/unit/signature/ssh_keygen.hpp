#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/model/clock.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate::signature {

/// The real ssh-keygen, in a directory of its own that goes with it. What cannot be done throws: the test is wrong
/// then.
class SshKeygen {
 public:
  SshKeygen();

  [[nodiscard]] std::string path(const std::string& name) const { return directory_.file(name); }
  void write(const std::string& name, std::string_view text) const;
  [[nodiscard]] std::string read(const std::string& name) const;

  struct Finished {
    int status;
    std::string out;
  };
  /// Runs a program in the directory with `input` as its standard input; its standard error is in the file "stderr".
  [[nodiscard]] Finished run(const std::vector<std::string>& words, std::string_view input = {}) const;

  /// `ssh-keygen -t TYPE` without a passphrase, into NAME and NAME.pub. The types that end in "-sk" are made by a
  /// security key in software.
  void make_key(const std::string& name, const std::string& type, const std::vector<std::string>& options = {}) const;
  /// "ssh-ed25519 AAAA... comment", without the line end.
  [[nodiscard]] std::string public_key(const std::string& name) const;
  /// `ssh-keygen -s AUTHORITY ... NAME.pub`, into NAME-cert.pub.
  void certify(const std::string& authority, const std::string& name, const std::vector<std::string>& options) const;

  /// `ssh-keygen -Y sign -f KEY -n NAMESPACE`.
  [[nodiscard]] std::string sign(const std::string& key, std::string_view message,
                                 const std::string& name_space = "jitgate",
                                 const std::vector<std::string>& options = {}) const;
  /// `ssh-keygen -Y verify -n jitgate` at that time.
  [[nodiscard]] bool verifies(std::string_view allowed_signers, const std::string& principal, std::string_view message,
                              std::string_view signature, WallTime at, std::string_view revoked = {}) const;

 private:
  void must(const std::vector<std::string>& words) const;

  ScratchDirectory directory_;
};

}  // namespace jitgate::signature
