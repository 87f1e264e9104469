#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "agent/signature/signed_document.hpp"
#include "agent/source/directory/directory_source.hpp"
#include "tests/fake/recording_sink.hpp"
#include "tests/host/file_access.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate {

/// A source over a directory of its own, and what its sink holds by what it was told.
class DirectoryRig : public ::testing::Test {
 protected:
  DirectoryRig() {
    limits_.patience = std::chrono::milliseconds(50);
    limits_.check = std::chrono::milliseconds(20);
    limits_.retry = std::chrono::milliseconds(5);
    limits_.longest_retry = std::chrono::milliseconds(20);
    std::filesystem::create_directory(path_);
    set_directory_access(path_, FileAccess::others_read);
  }

  void start(bool needs_signature = true, bool removal_revokes = true) {
    const auto watch = [this](boost::asio::any_io_executor executor, const std::string& path,
                              const OnDirectoryChange& on_change) {
      tell_ = on_change;
      return watch_directory(executor, path, is_deaf_ ? [](const DirectoryChange&) {} : on_change);
    };
    source_ = make_directory_source(context_.get_executor(), {path_, removal_revokes}, needs_signature, sink_, watch,
                                    limits_);
    source_->start();
  }
  /// The loop runs until then.
  void run_until(const std::function<bool()>& so) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!so()) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not come to that";
      ASSERT_GT(context_.run_one_for(std::chrono::seconds(30)), 0U) << "nothing is under way";
      learn();
    }
  }
  void run_until_held(const std::map<std::string, std::string>& documents) {
    run_until([&] { return held_ == documents; });
    if (!HasFailure()) return;
    EXPECT_EQ(held_, documents);
    for (const auto& entry : std::filesystem::directory_iterator(path_)) ADD_FAILURE() << "there is " << entry.path();
    ADD_FAILURE() << "the source says: " << problem();
  }
  void run_until_problem(const std::string& part) {
    run_until([&] { return problem().find(part) != std::string::npos && problem().empty() == part.empty(); });
  }
  [[nodiscard]] std::string problem() const {
    return sink_->problems.empty() ? "" : sink_->problems.back().value_or(std::string());
  }

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary) << text;
  }
  /// As a careful publisher does.
  void put(const std::string& name, const std::string& text) const {
    write("." + name + ".tmp", text);
    std::filesystem::rename(file("." + name + ".tmp"), file(name));
  }
  void remove(const std::string& name) const { std::filesystem::remove(file(name)); }
  static std::string document(int number) { return "{\"id\": " + std::to_string(number) + "}\n"; }
  static std::string signature(int number) {
    return signature::add_armor("signature " + std::to_string(number), signature::kSignatureLabel);
  }
  static std::string envelope(int number) { return signature::write_envelope({document(number), signature(number)}); }

  ScratchDirectory scratch_;
  std::string path_ = scratch_.file("grants.d");
  SpoolLimits limits_;
  boost::asio::io_context context_{1};
  std::shared_ptr<RecordingSink> sink_ = std::make_shared<RecordingSink>();
  OnDirectoryChange tell_;  ///< as the kernel would
  bool is_deaf_ = false;    ///< the kernel tells nothing
  std::map<std::string, std::string> held_;
  std::unique_ptr<GrantSource> source_;

 private:
  /// Applies the deliveries that were taken.
  void learn() {
    for (; learnt_ < sink_->deliveries.size(); ++learnt_) {
      const Delivery& delivery = sink_->deliveries[learnt_];
      if (!taken(learnt_)) continue;
      if (delivery.snapshot) held_.clear();
      for (const DeliveredDocument& got : delivery.documents) held_[got.key] = got.document;
      for (const std::string& key : delivery.removed) held_.erase(key);
    }
  }

  std::size_t learnt_ = 0;

 protected:
  /// Whether the sink answered that delivery with success.
  std::function<bool(std::size_t)> taken = [](std::size_t) { return true; };
};

}  // namespace jitgate
