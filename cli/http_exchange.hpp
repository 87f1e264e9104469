#pragma once

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/system/result.hpp>
#include <chrono>
#include <string>

namespace jitgate::cli {

namespace http = boost::beast::http;

using HttpRequest = http::request<http::string_body>;
using HttpResponse = http::response<http::string_body>;

/// One request and its response over the Unix socket or named pipe at `path`, each of connecting, sending and receiving
/// within `limit`. The error is the system's, as one sentence.
[[nodiscard]] boost::system::result<HttpResponse, std::string> exchange(const std::string& path, HttpRequest request,
                                                                        std::chrono::milliseconds limit);

}  // namespace jitgate::cli
