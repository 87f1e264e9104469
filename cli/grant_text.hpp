#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace jitgate::cli {

/// "2h 59m"; "-" for nothing left.
[[nodiscard]] std::string remaining_text(std::int64_t seconds);

/// "22/TCP".
[[nodiscard]] std::string port_text(const boost::json::value& port);

/// Whether it waits for approval.
[[nodiscard]] bool is_pending(const boost::json::value& grant);

/// For the reply that opens or extends: a line for each port, then the id, or why it is not open yet.
[[nodiscard]] std::string opened_text(const boost::json::value& receipt);

/// A grant to a row a port, under a heading; `all` adds what has ended and why.
[[nodiscard]] std::string grants_table(const boost::json::value& grants, bool all);

/// What waits for approval, likewise.
[[nodiscard]] std::string requests_table(const boost::json::value& requests);

}  // namespace jitgate::cli
