#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "agent/model/result.hpp"
#include "agent/source/delivery.hpp"

namespace jitgate {

// An entry of a spool is NAME.json, with NAME.json.sig beside it where the signature is not inside. Its key is the name
// of the document's file.

/// The key of the entry that a file belongs to; nullopt: to none. Names that begin with "." are somebody's own, and
/// other endings ("~", ".tmp") are not of documents.
[[nodiscard]] std::optional<std::string> entry_of(std::string_view file_name);
/// The name of the file with the entry's signature.
[[nodiscard]] std::string signature_file_of(std::string_view key);

/// What a look at an entry found.
struct EntryAbsent {};
/// Half of it: the rest may be on its way.
struct EntryWaits {
  std::string why;
};
struct EntryUnreadable {
  std::string why;
};
/// It could not be looked at: nothing is known that was not known before.
struct EntryUnknown {
  std::string why;
};
using EntryReading = std::variant<EntryAbsent, EntryWaits, EntryUnreadable, EntryUnknown, DeliveredDocument>;

/// Reads a file of the spool, of at most `limit` bytes (as WatchedDirectory::read).
using ReadSpoolFile = std::function<Result<std::string>(const std::string& name, std::size_t limit)>;

/// The document of an entry with its signature, from the pair of files or from an envelope. Whether the document is any
/// good is not judged, but that it is whole: a text that is no JSON, or no signature, is taken for half-written.
/// Reasons name files and hold nothing of their content.
[[nodiscard]] EntryReading read_entry(const std::string& key, bool needs_signature, const ReadSpoolFile& read);

}  // namespace jitgate
