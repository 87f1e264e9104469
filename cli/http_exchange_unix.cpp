#include <boost/asio/local/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>

#include "cli/exchange_over.hpp"

namespace jitgate::cli {
namespace {

namespace net = boost::asio;
using Protocol = net::local::stream_protocol;

class UnixTransport {
 public:
  explicit UnixTransport(net::io_context& context) : stream_(context) {}

  boost::beast::basic_stream<Protocol>& stream() { return stream_; }
  void expires_after(std::chrono::milliseconds limit) { stream_.expires_after(limit); }
  template <class Done>
  void connect(const std::string& path, std::chrono::milliseconds, Done done) {
    stream_.async_connect(Protocol::endpoint(path), done);
  }

 private:
  boost::beast::basic_stream<Protocol> stream_;
};

}  // namespace

boost::system::result<HttpResponse, std::string> exchange(const std::string& path, HttpRequest request,
                                                          std::chrono::milliseconds limit) {
  try {
    return ExchangeOver<UnixTransport>(limit).perform(path, std::move(request));
  } catch (const std::exception& caught) {
    return std::string(caught.what());
  }
}

}  // namespace jitgate::cli
