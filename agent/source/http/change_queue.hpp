#pragma once

#include <deque>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "agent/source/delivery.hpp"

namespace jitgate {

/// What a stream has told and the agent has not been told yet, in order, and in as few deliveries as that allows:
/// within one no key is spoken of twice, so that a document that is replaced or removed at once is judged all the same.
class ChangeQueue {
 public:
  struct Batch {
    Delivery delivery;
    std::string id;        ///< what the stream can be resumed from once this is judged; empty: nothing
    bool in_sync = false;  ///< then the agent knows all that the server had when it said so
  };

  void put(DeliveredDocument document);
  void remove(std::string key);
  void set_policy(std::vector<PolicyPort> ports);
  void put_snapshot(Delivery snapshot);
  /// What stands last, if anything does, is all up to `id`. False: the queue is empty.
  bool set_id(const std::string& id);
  bool set_in_sync();

  [[nodiscard]] bool empty() const { return batches_.empty(); }
  /// Documents and removals.
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Of documents and signatures.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  [[nodiscard]] std::optional<Batch> take();
  void clear();

 private:
  Batch& last_for(const std::string& key);
  Batch& last();
  void append(Batch batch);

  std::deque<Batch> batches_;
  std::unordered_set<std::string> keys_;  ///< that the last batch speaks of
  std::size_t size_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace jitgate
