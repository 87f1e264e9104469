#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <string>

namespace jitgate::cli {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpResponse = boost::beast::http::response<boost::beast::http::string_body>;

/// One request and its response over the Unix socket at `path`, each of connecting, sending and receiving within
/// `limit`. The error is the system's, as one sentence.
[[nodiscard]] boost::system::result<HttpResponse, std::string> exchange(const std::string& path, HttpRequest request,
                                                                        std::chrono::milliseconds limit);

}  // namespace jitgate::cli
