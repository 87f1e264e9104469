#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "agent/store/grant_store.hpp"
#include "agent/store/store_observer.hpp"

namespace jitgate {

/// The store in `<directory>/state.db`, with its work done on a thread of its own; completions come on `executor`. The
/// object exists whatever the disk says: while the file cannot be opened, load() and every commit fail with the reason,
/// and each of them tries again. One instance at a time is the caller's to see to (platform/instance_lock.hpp).
/// `observer` is told every audit record, for the journal, where whoever can write the database cannot reach it.
[[nodiscard]] std::unique_ptr<GrantStore> make_threaded_store(std::string directory,
                                                              boost::asio::any_io_executor executor,
                                                              StoreObserver observer = {});

}  // namespace jitgate
