// The TLS half of Boost.Asio as one object file.
#include <boost/asio/ssl/impl/src.hpp>
