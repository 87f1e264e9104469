#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "agent/model/timestamp.hpp"
#include "agent/source/http/subscribe_loop.hpp"

namespace jitgate {

inline std::string event(const std::string& type, const std::string& data, const std::string& id = {}) {
  return "event: " + type + "\n" + (id.empty() ? "" : "id: " + id + "\n") + "data: " + data + "\n\n";
}
inline std::string grant(const std::string& key, const std::string& id = {}) {
  return event("grant", R"({"key":")" + key + R"(","document":"of )" + key + "\"}", id);
}
inline std::string removal(const std::string& key, const std::string& id = {}) {
  return event("remove", R"({"key":")" + key + "\"}", id);
}
inline std::string sync(const std::string& version, const std::string& id = {}) {
  return event("sync", R"({"version":")" + version + "\"}", id);
}
inline const std::string kSnapshot = event("snapshot", "{}");

/// A subscription that is connected, before a server that the test speaks for.
class SubscribeLoopTest : public testing::Test {
 protected:
  SubscribeLoopTest() { connect(); }

  void connect() {
    now_ = std::max(now_, loop_.due());
    loop_.connecting();
    HttpHead head{200, {}};
    head.fields.set("Content-Type", "text/event-stream; charset=utf-8");
    ASSERT_TRUE(loop_.opened(head, wall_));
  }
  void lose() { loop_.lost(now_); }
  /// "" or why the stream is of no use.
  std::string receive(const std::string& bytes) {
    const auto received = loop_.received(bytes);
    return received ? "" : describe(received.error());
  }
  /// All that waits, as text: "[snapshot +a +b -c]" for each delivery.
  std::string deliver(bool taken = true) {
    std::string all;
    while (const auto delivery = loop_.take()) {
      std::string one = delivery->snapshot ? "snapshot" : "";
      for (const auto& document : delivery->documents) {
        EXPECT_EQ(document.document, "of " + document.key);
        one += " +" + document.key;
      }
      for (const auto& key : delivery->removed) one += " -" + key;
      if (delivery->policy) one += " policy";
      all += "[" + one + "]";
      loop_.delivered(taken);
    }
    return all;
  }
  Duration pause() const { return loop_.due() - now_; }
  void reach_sync() {
    ASSERT_EQ(receive(kSnapshot + grant("a") + sync("1", "1")), "");
    ASSERT_EQ(deliver(), "[snapshot +a]");
  }

  double jitter_ = 0.5;
  SubscribeLoop loop_{3, [this] { return jitter_; }};
  BootTime now_{std::chrono::hours(1)};
  WallTime wall_ = parse_timestamp("2026-11-21T18:00:00Z").value();
};

}  // namespace jitgate
