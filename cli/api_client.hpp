#pragma once

#include <boost/beast/http/verb.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "cli/outcome.hpp"

namespace jitgate::cli {

/// Calls the daemon over its local socket, one connection a call. Blocks, at most for the time limits. A reply of 400
/// and above is a failure with everything that its error body says; 403 is ExitCode::not_permitted; no daemon, no reply
/// in time, or a reply that is not HTTP is ExitCode::unreachable.
class ApiClient {
 public:
  explicit ApiClient(std::string socket_path, std::chrono::milliseconds reply_limit = std::chrono::seconds(60));

  /// The JSON body of the reply.
  [[nodiscard]] Outcome<boost::json::value> get(const std::string& target) const;
  [[nodiscard]] Outcome<boost::json::value> post(const std::string& target, const boost::json::value& body) const;
  [[nodiscard]] Outcome<boost::json::value> put(const std::string& target, const boost::json::value& body) const;
  /// The body as it is.
  [[nodiscard]] Outcome<std::string> get_text(const std::string& target) const;
  /// The same of a list that may have more than one page.
  struct Page {
    std::string text;
    std::string link;  ///< the Link field; empty: this is all
  };
  [[nodiscard]] Outcome<Page> get_page(const std::string& target) const;

 private:
  [[nodiscard]] Outcome<boost::json::value> send(boost::beast::http::verb verb, const std::string& target,
                                                 const boost::json::value& body) const;

  std::string socket_path_;
  std::chrono::milliseconds reply_limit_;
};

}  // namespace jitgate::cli
