#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/store/threaded_store.hpp"
#include "store_fixture.hpp"
#include "tests/fake/fake_store.hpp"

namespace jitgate::test {

/// The real store, and the fake that stands in for it.
enum class Kind { threaded, fake };

/// A test of what both promise.
class GrantStoreContract : public testing::TestWithParam<Kind> {
 protected:
  GrantStoreContract() {
    if (GetParam() == Kind::threaded) {
      store_ = make_threaded_store(directory_.path(), context_.get_executor());
    } else {
      store_ = std::make_unique<FakeStore>(context_.get_executor());
    }
  }

  Result<void> commit(StoreChange change) { return run(context_, store_->commit(std::move(change))); }
  std::vector<std::string> ids(GrantQuery query) {
    std::vector<std::string> found;
    for (const GrantRecord& record : run(context_, store_->grants(std::move(query))).value()) {
      found.push_back(record.grant.id);
    }
    return found;
  }
  std::vector<AuditEvent> audit(AuditQuery query = {}) {
    return run(context_, store_->audit(std::move(query))).value().events;
  }

  ScratchDirectory directory_;
  boost::asio::io_context context_;
  std::unique_ptr<GrantStore> store_;
};

}  // namespace jitgate::test
