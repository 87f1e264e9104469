#include "tests/source_server/nginx.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fstream>
#include <vector>

namespace jitgate::testing_server {
namespace {

std::uint16_t free_port() {
  boost::asio::io_context context;
  const boost::asio::ip::tcp::acceptor acceptor(context, {boost::asio::ip::address_v4::loopback(), 0});
  return acceptor.local_endpoint().port();
}

/// Nothing of it lies outside of the test's directory.
std::string configuration(const std::string& directory, std::uint16_t port, const std::string& settings) {
  std::string text = "daemon off; user root; worker_processes 1; error_log stderr notice; events {}\npid " + directory +
                     "/nginx.pid;\nhttp { access_log off; types { application/json json; }\n";
  for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
    text += std::string(kind) + "_temp_path " + directory + "/" + kind + ";\n";
  return text + "server { listen 127.0.0.1:" + std::to_string(port) + " ssl; ssl_certificate " + directory +
         "/server.pem; ssl_certificate_key " + directory + "/server.key; root " + directory + ";\n" + settings +
         "\n} }\n";
}

}  // namespace

Nginx::Nginx(const std::string& directory, const std::string& settings) : port_(free_port()) {
  const std::string file = directory + "/nginx.conf";
  std::ofstream(file) << configuration(directory, port_, settings);
  process_.emplace(std::vector<std::string>{"nginx", "-e", "stderr", "-p", directory, "-c", file});
  process_->read_until("start worker process ");
}

std::string Nginx::url(const std::string& path) const {
  return "https://127.0.0.1:" + std::to_string(port_) + path;
}

}  // namespace jitgate::testing_server
