#include "agent/source/http/change_queue.hpp"

#include <gtest/gtest.h>

namespace jitgate {
namespace {

DeliveredDocument document(const std::string& key, const std::string& text = "{}") {
  return {key, text, std::nullopt};
}

TEST(ChangeQueue, ChangesOfDifferentKeysGoTogether) {
  ChangeQueue queue;
  queue.put(document("a"));
  queue.remove("b");
  queue.put(document("c"));
  EXPECT_EQ(queue.size(), 3U);
  const auto batch = queue.take();
  ASSERT_TRUE(batch);
  EXPECT_FALSE(batch->delivery.snapshot);
  EXPECT_EQ(batch->delivery.documents, (std::vector{document("a"), document("c")}));
  EXPECT_EQ(batch->delivery.removed, std::vector<std::string>{"b"});
  EXPECT_EQ(queue.size(), 0U);
  EXPECT_FALSE(queue.take());
}

TEST(ChangeQueue, NoChangeOfAKeyHidesAnother) {
  ChangeQueue queue;
  queue.put(document("a", "1"));
  queue.put(document("a", "2"));
  queue.put(document("b"));
  queue.remove("a");
  EXPECT_EQ(queue.take()->delivery.documents, std::vector{document("a", "1")});
  EXPECT_EQ(queue.take()->delivery.documents, (std::vector{document("a", "2"), document("b")}));
  EXPECT_EQ(queue.take()->delivery.removed, std::vector<std::string>{"a"});
  EXPECT_TRUE(queue.empty());
}

TEST(ChangeQueue, ASnapshotStandsAlone) {
  ChangeQueue queue;
  queue.put(document("a"));
  Delivery snapshot;
  snapshot.snapshot = true;
  queue.put_snapshot(snapshot);
  queue.put(document("a"));
  EXPECT_FALSE(queue.take()->delivery.snapshot);
  EXPECT_EQ(queue.take()->delivery, snapshot);
  EXPECT_EQ(queue.take()->delivery.documents.size(), 1U);
}

TEST(ChangeQueue, IdsBelongToWhatStandsLast) {
  ChangeQueue queue;
  EXPECT_FALSE(queue.set_id("0"));
  EXPECT_FALSE(queue.set_in_sync());
  queue.put(document("a"));
  EXPECT_TRUE(queue.set_id("1"));
  queue.put(document("a"));
  EXPECT_TRUE(queue.set_id("2"));
  EXPECT_TRUE(queue.set_in_sync());
  const auto first = queue.take();
  EXPECT_EQ(first->id, "1");
  EXPECT_FALSE(first->in_sync);
  const auto second = queue.take();
  EXPECT_EQ(second->id, "2");
  EXPECT_TRUE(second->in_sync);
}

TEST(ChangeQueue, AfterTakingTheLastKeysAreFree) {
  ChangeQueue queue;
  queue.put(document("a"));
  EXPECT_TRUE(queue.take());
  queue.put(document("a"));
  queue.put(document("b"));
  EXPECT_EQ(queue.take()->delivery.documents.size(), 2U);
}

TEST(ChangeQueue, APolicyTravelsWithTheChanges) {
  ChangeQueue queue;
  queue.set_policy({});
  queue.put(document("a"));
  const auto batch = queue.take();
  EXPECT_TRUE(batch->delivery.policy);
  EXPECT_EQ(batch->delivery.documents.size(), 1U);
}

}  // namespace
}  // namespace jitgate
