#pragma once

#include <memory>
#include <string>

#include "platform/journal.hpp"

namespace jitgate {

/// As the journal reads an entry (systemd.io/JOURNAL_NATIVE_PROTOCOL): NAME=VALUE and a line feed; where the value has
/// a line feed itself, NAME, a line feed, its length (8 bytes, little-endian), the value, a line feed.
[[nodiscard]] std::string journal_entry(const JournalFields& fields);

/// journald, by its native protocol: a datagram an entry, 64 KiB at most. A journal that is started anew is found
/// again.
[[nodiscard]] std::unique_ptr<Journal> make_journal_socket(std::string path = "/run/systemd/journal/socket");

}  // namespace jitgate
