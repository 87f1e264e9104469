// Boost.Asio and Boost.Beast as one object file; every other file includes declarations only.
#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
