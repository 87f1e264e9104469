#include "agent/control/repeated_requests.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace jitgate {

namespace asio = boost::asio;

asio::awaitable<Result<std::optional<GrantReceipt>>> RepeatedRequests::begin(Key key, Digest body) {
  for (;;) {
    forget_old();
    const auto found = entries_->find(key);
    if (found == entries_->end()) {
      auto decided = std::make_shared<asio::steady_timer>(executor_, asio::steady_timer::time_point::max());
      entries_->emplace(key, Entry{body, std::nullopt, std::move(decided)});
      co_return std::optional<GrantReceipt>();
    }
    if (found->second.body != body) {
      co_return error(errc::conflict, "the id was used for another request", kTarget);
    }
    if (found->second.receipt) co_return found->second.receipt;
    const auto decided = found->second.decided;
    boost::system::error_code cancelled;
    co_await decided->async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
  }
}

void RepeatedRequests::remember(const Key& key, const GrantReceipt& receipt) {
  entries_->at(key).receipt = receipt;
  bytes_ += receipt.record.document.size();
  decided_.emplace_back(clock_.boot_now(), key);
}

void RepeatedRequests::finish(Entries& entries, const Key& key) {
  const auto found = entries.find(key);
  if (found == entries.end()) return;
  found->second.decided->cancel();
  if (!found->second.receipt) entries.erase(found);
}

void RepeatedRequests::forget_old() {
  const auto too_many = [this] { return decided_.size() > kMost || bytes_ > kMostBytes; };
  while (!decided_.empty() && (too_many() || decided_.front().first + kRemembered < clock_.boot_now())) {
    const auto oldest = entries_->find(decided_.front().second);
    bytes_ -= oldest->second.receipt->record.document.size();
    entries_->erase(oldest);
    decided_.pop_front();
  }
}

}  // namespace jitgate
