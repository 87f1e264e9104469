#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/buffers_range.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>
#include <cstdint>
#include <string>

namespace jitgate {

/// A body for Beast's parser that is taken away as it arrives. No space is reserved for what a server announces.
struct ArrivedBody {
  struct value_type {
    std::string bytes;
    std::uint64_t of_chunk = 0;  ///< what is left of the present chunk
  };

  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(boost::beast::http::header<IsRequest, Fields>&, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>&, boost::system::error_code& code) { code = {}; }
    template <class Buffers>
    std::size_t put(const Buffers& buffers, boost::system::error_code& code) {
      code = {};
      std::size_t size = 0;
      for (const boost::asio::const_buffer piece : boost::beast::buffers_range_ref(buffers)) {
        body_.bytes.append(static_cast<const char*>(piece.data()), piece.size());
        size += piece.size();
      }
      body_.of_chunk -= std::min<std::uint64_t>(body_.of_chunk, size);
      return size;
    }
    void finish(boost::system::error_code& code) { code = {}; }

   private:
    value_type& body_;
  };
};

}  // namespace jitgate
