#include "agent/daemon/logging.hpp"

#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <cstdlib>

namespace jitgate {
namespace {

/// The message as a JSON string, quotes included.
class JsonMessage final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const auto text = boost::json::serialize(boost::json::string_view(message.payload.data(), message.payload.size()));
    out.append(text.data(), text.data() + text.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JsonMessage>(); }
};

/// "<3>" and so on: syslog(3) priorities.
class JournalPriority final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    const char* priority = message.level >= spdlog::level::critical ? "<2>"
                           : message.level == spdlog::level::err    ? "<3>"
                           : message.level == spdlog::level::warn   ? "<4>"
                           : message.level == spdlog::level::info   ? "<6>"
                                                                    : "<7>";
    out.append(priority, priority + 3);
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<JournalPriority>(); }
};

/// The message in one line: what others wrote may be in it, and a line of theirs must not look like one of ours.
class OneLine final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const char c : message.payload) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte >= 0x20 && byte != 0x7f) {
        out.push_back(c);
        continue;
      }
      const char escaped[] = {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
      out.append(std::begin(escaped), std::end(escaped));
    }
  }
  std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<OneLine>(); }
};

std::unique_ptr<spdlog::formatter> make_formatter(LogFormat format) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc);
  formatter->add_flag<JsonMessage>('*').add_flag<JournalPriority>('&').add_flag<OneLine>('~');
  if (format == LogFormat::json) {
    formatter->set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l","message":%*})");
  } else if (std::getenv("JOURNAL_STREAM") != nullptr) {
    formatter->set_pattern("%&%~");
  } else {
    formatter->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l: %~");
  }
  return formatter;
}

}  // namespace

void set_up_logging(const Config& config, spdlog::sink_ptr sink) {
  auto logger = std::make_shared<spdlog::logger>("jitgated", std::move(sink));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  change_logging(config);
}

void change_logging(const Config& config) {
  spdlog::logger& logger = *spdlog::default_logger_raw();
  logger.set_formatter(make_formatter(config.log_format));
  logger.set_level(spdlog::level::from_str(config.log_level));
}

}  // namespace jitgate
