#include "agent/model/strict_json.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cstdint>
#include <exception>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/model/utf8.hpp"

namespace jitgate {
namespace {

namespace json = boost::json;
using boost::json::error_code;
using boost::json::string_view;

constexpr std::size_t kMaxDepth = 16;

/// Where the parser is: one frame per open object or array.
class Path {
 public:
  void open(bool is_array) { frames_.push_back({is_array, 0, {}, {}}); }
  void close() { frames_.pop_back(); }
  /// False when the innermost object has this key already.
  bool enter_key(std::string key) {
    frames_.back().key = key;
    return frames_.back().seen.insert(std::move(key)).second;
  }
  /// A value is complete: the next element of an array follows.
  void next() {
    if (!frames_.empty()) ++frames_.back().index;
  }
  std::string text() const {
    std::string path;
    for (const Frame& frame : frames_) {
      if (frame.is_array) {
        path += "[" + std::to_string(frame.index) + "]";
      } else if (!frame.key.empty()) {
        path += (path.empty() ? "" : ".") + printable_name(frame.key);
      }
    }
    return path;
  }

 private:
  struct Frame {
    bool is_array;
    std::size_t index;
    std::string key;
    std::set<std::string> seen;
  };

  std::vector<Frame> frames_;
};

/// Builds the value like boost::json::parser does, and refuses what that one lets pass: it keeps the last of duplicate
/// keys and reads 1e400 as infinity. Where an error is and which key is given twice it knows only when it keeps track,
/// which takes longer than everything else.
class Handler {
 public:
  enum class Tracking : bool { off, on };
  Handler(Tracking tracking, std::size_t most) : tracking_(tracking == Tracking::on), most_(most) {}

  static constexpr std::size_t max_object_size = json::object::max_size();
  static constexpr std::size_t max_array_size = json::array::max_size();
  static constexpr std::size_t max_key_size = json::string::max_size();
  static constexpr std::size_t max_string_size = json::string::max_size();

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }

  bool on_object_begin(error_code&) { return open(false); }
  bool on_array_begin(error_code&) { return open(true); }
  bool on_object_end(std::size_t n, error_code& ec) {
    close();
    stack_.push_object(n);
    return done(ec);
  }
  bool on_array_end(std::size_t n, error_code& ec) {
    close();
    stack_.push_array(n);
    return done(ec);
  }

  bool on_key_part(string_view part, std::size_t, error_code&) {
    if (tracking_) key_.append(part.data(), part.size());
    stack_.push_chars(part);
    return true;
  }
  bool on_key(string_view part, std::size_t, error_code& ec) {
    ++keys_;
    stack_.push_key(part);
    if (!count(ec)) return false;
    if (!tracking_) return true;
    key_.append(part.data(), part.size());
    return path_.enter_key(std::exchange(key_, {})) || refuse("the key is given twice", ec);
  }

  bool on_string_part(string_view part, std::size_t, error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(string_view part, std::size_t, error_code& ec) {
    stack_.push_string(part);
    return done(ec);
  }

  bool on_number_part(string_view, error_code&) { return true; }
  bool on_int64(std::int64_t value, string_view text, error_code& ec) {
    // "-0" is the one integer with a second spelling.
    if (value == 0 && text.starts_with('-')) return refuse("-0 is not an integer here; write 0", ec);
    stack_.push_int64(value);
    return done(ec);
  }
  bool on_uint64(std::uint64_t value, string_view, error_code& ec) {
    stack_.push_uint64(value);
    return done(ec);
  }
  bool on_double(double, string_view, error_code& ec) { return refuse("the number is not a 64-bit integer", ec); }
  bool on_bool(bool value, error_code& ec) {
    stack_.push_bool(value);
    return done(ec);
  }
  bool on_null(error_code& ec) {
    stack_.push_null();
    return done(ec);
  }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  void reset(json::storage_ptr storage) { stack_.reset(std::move(storage)); }
  json::value release() { return stack_.release(); }
  /// How many keys were read, duplicates included.
  std::size_t keys() const { return keys_; }
  std::string path() const { return path_.text(); }
  const std::optional<Error>& refusal() const { return refusal_; }

 private:
  bool open(bool is_array) {
    if (tracking_) path_.open(is_array);
    return true;
  }
  void close() {
    if (tracking_) path_.close();
  }
  bool done(error_code& ec) {
    if (tracking_) path_.next();
    return count(ec);
  }
  bool count(error_code& ec) { return ++count_ <= most_ || refuse("there are too many values", ec); }
  bool refuse(const char* why, error_code& ec) {
    refusal_ = error(errc::invalid_argument, why, path_.text());
    ec = json::error::exception;
    return false;
  }

  bool tracking_;
  json::value_stack stack_;
  std::size_t most_;
  std::size_t count_ = 0;  ///< of values and keys
  std::size_t keys_ = 0;
  Path path_;
  std::string key_;
  std::optional<Error> refusal_;
};

using Parser = json::basic_parser<Handler>;

json::parse_options limits() {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  return options;
}

/// How many members the value holds at all levels: fewer than keys were read when one was given twice.
std::size_t count_members(const json::value& value) {
  std::size_t count = 0;
  if (const auto* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += count_members(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) count += count_members(element);
  }
  return count;
}

/// Nothing when there is anything wrong with the text.
std::optional<json::value> parse_sound(std::string_view bytes, json::storage_ptr storage, std::size_t most) {
  Parser parser(limits(), Handler::Tracking::off, most);
  parser.handler().reset(std::move(storage));
  error_code ec;
  const std::size_t used = parser.write_some(false, bytes.data(), bytes.size(), ec);
  if (ec || used < bytes.size()) return std::nullopt;
  auto value = parser.handler().release();
  if (count_members(value) != parser.handler().keys()) return std::nullopt;
  return value;
}

Result<json::value> parse_tracking(std::string_view bytes, json::storage_ptr storage, std::size_t most) {
  Parser parser(limits(), Handler::Tracking::on, most);
  parser.handler().reset(std::move(storage));
  error_code ec;
  const std::size_t used = parser.write_some(false, bytes.data(), bytes.size(), ec);
  if (const auto& refusal = parser.handler().refusal()) return *refusal;
  if (!ec && used < bytes.size()) ec = json::error::extra_data;
  if (ec) {
    return error(errc::invalid_argument, "not valid JSON at byte " + std::to_string(used) + " (" + ec.message() + ")",
                 parser.handler().path());
  }
  return parser.handler().release();
}

}  // namespace

Result<json::value> parse_strict_json(std::string_view bytes, json::storage_ptr storage, std::size_t most) {
  try {
    if (auto value = parse_sound(bytes, storage, most)) return std::move(*value);
    return parse_tracking(bytes, std::move(storage), most);
  } catch (const std::exception& e) {
    return error(errc::invalid_argument, std::string("the JSON cannot be read: ") + e.what());
  }
}

}  // namespace jitgate
