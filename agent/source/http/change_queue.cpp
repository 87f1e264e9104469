#include "agent/source/http/change_queue.hpp"

#include <numeric>
#include <utility>

namespace jitgate {
namespace {

std::size_t bytes_of(const DeliveredDocument& document) {
  return document.document.size() + (document.signature ? document.signature->size() : 0);
}

std::size_t bytes_of(const std::vector<DeliveredDocument>& documents) {
  return std::accumulate(documents.begin(), documents.end(), std::size_t{0},
                         [](std::size_t sum, const DeliveredDocument& document) { return sum + bytes_of(document); });
}

}  // namespace

void ChangeQueue::put(DeliveredDocument document) {
  bytes_ += bytes_of(document);
  last_for(document.key).delivery.documents.push_back(std::move(document));
  ++size_;
}

void ChangeQueue::remove(std::string key) {
  last_for(key).delivery.removed.push_back(std::move(key));
  ++size_;
}

void ChangeQueue::set_policy(std::vector<PolicyPort> ports) {
  last().delivery.policy = std::move(ports);
}

void ChangeQueue::put_snapshot(Delivery snapshot) {
  size_ += snapshot.documents.size();
  bytes_ += bytes_of(snapshot.documents);
  append({std::move(snapshot), {}});
}

bool ChangeQueue::set_id(const std::string& id) {
  if (batches_.empty()) return false;
  batches_.back().id = id;
  return true;
}

bool ChangeQueue::set_in_sync() {
  if (batches_.empty()) return false;
  batches_.back().in_sync = true;
  return true;
}

std::optional<ChangeQueue::Batch> ChangeQueue::take() {
  if (batches_.empty()) return std::nullopt;
  Batch batch = std::move(batches_.front());
  batches_.pop_front();
  size_ -= batch.delivery.documents.size() + batch.delivery.removed.size();
  bytes_ -= bytes_of(batch.delivery.documents);
  return batch;
}

void ChangeQueue::clear() {
  batches_.clear();
  size_ = 0;
  bytes_ = 0;
}

ChangeQueue::Batch& ChangeQueue::last_for(const std::string& key) {
  if (last(); !keys_.insert(key).second) {
    append({});
    keys_.insert(key);
  }
  return batches_.back();
}

ChangeQueue::Batch& ChangeQueue::last() {
  if (batches_.empty() || batches_.back().delivery.snapshot) append({});
  return batches_.back();
}

void ChangeQueue::append(Batch batch) {
  batches_.push_back(std::move(batch));
  keys_.clear();
}

}  // namespace jitgate
