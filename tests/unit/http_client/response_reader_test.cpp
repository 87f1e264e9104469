#include "agent/http_client/response_reader.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>

namespace jitgate {
namespace {

using Kind = ResponseReader::Kind;

struct Reading {
  Result<void> outcome;
  bool done = false;
  HttpHead head;
  std::string body;
};

/// In pieces of `step` bytes; `end`: the server then ends the connection.
Reading read(std::string_view bytes, std::size_t step, Kind kind = Kind::message, bool end = false,
             HttpGetLimits limits = {}) {
  Reading reading;
  ResponseReader reader(limits, kind);
  boost::beast::flat_buffer buffer;
  while (!bytes.empty() && reading.outcome) {
    const std::string_view piece = bytes.substr(0, step);
    buffer.commit(boost::asio::buffer_copy(buffer.prepare(piece.size()), boost::asio::buffer(piece)));
    bytes.remove_prefix(piece.size());
    reading.outcome = reader.advance(buffer);
    reading.body += reader.take_body();
  }
  if (reading.outcome && end) reading.outcome = reader.finish();
  reading.done = reader.is_done();
  if (reader.has_head()) reading.head = reader.head();
  return reading;
}

const std::string kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"
    "1\r\na\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: yes\r\n\r\n";

TEST(ResponseReader, PiecesOfAnySizeMakeTheSameAnswer) {
  for (std::size_t step = 1; step <= kChunked.size(); ++step) {
    const Reading reading = read(kChunked, step);
    ASSERT_TRUE(reading.outcome) << describe(reading.outcome.error()) << " in steps of " << step;
    EXPECT_TRUE(reading.done);
    EXPECT_EQ(reading.head.status, 200U);
    EXPECT_EQ(reading.head.media_type(), "application/json");
    EXPECT_EQ(reading.body, "ahello0123456789");
  }
}

TEST(ResponseReader, AStreamGivesEveryByteAsItArrives) {
  ResponseReader reader({}, Kind::stream);
  boost::beast::flat_buffer buffer;
  const auto feed = [&](std::string_view piece) {
    buffer.commit(boost::asio::buffer_copy(buffer.prepare(piece.size()), boost::asio::buffer(piece)));
    EXPECT_TRUE(reader.advance(buffer));
    return reader.take_body();
  };
  EXPECT_EQ(feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n8\r\ndata"), "data");
  EXPECT_EQ(feed(": x"), ": x");
  EXPECT_EQ(feed("\n"), "\n") << "the last byte of a chunk does not wait for what follows";
  EXPECT_EQ(feed("\r\n"), "");
  EXPECT_EQ(feed("2\r\n\n:\r\n"), "\n:");
}

TEST(ResponseReader, WithoutALengthTheEndOfTheConnectionIsTheEnd) {
  const Reading reading = read("HTTP/1.1 200 OK\r\n\r\nall of it", 3, Kind::message, true);
  EXPECT_TRUE(reading.outcome);
  EXPECT_TRUE(reading.done);
  EXPECT_EQ(reading.body, "all of it");
}

TEST(ResponseReader, NotModifiedHasNoBody) {
  const Reading reading = read("HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n", 100);
  EXPECT_TRUE(reading.done);
  EXPECT_EQ(reading.head.field("etag"), "\"a\"");
}

TEST(ResponseReader, WhatIsCutOffFails) {
  for (const char* text : {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "HTTP/1.1 200 OK\r\nContent-",
                           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"})
    EXPECT_FALSE(read(text, 7, Kind::message, true).outcome) << text;
}

TEST(ResponseReader, EncodedAnswersAreRefused) {
  for (const char* field : {"Content-Encoding: gzip", "Content-Encoding: br", "Transfer-Encoding: gzip, chunked",
                            "Content-Encoding: identity\r\nContent-Encoding: deflate"}) {
    const Reading reading = read(std::string("HTTP/1.1 200 OK\r\n") + field + "\r\n\r\n", 9);
    ASSERT_FALSE(reading.outcome) << field;
    EXPECT_NE(describe(reading.outcome.error()).find("encoded"), std::string::npos);
  }
  EXPECT_TRUE(read("HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\nContent-Length: 0\r\n\r\n", 9).outcome);
}

TEST(ResponseReader, LimitsAreKept) {
  HttpGetLimits limits;
  limits.head = 1024;
  limits.body = 100;
  const std::string head = "HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x');
  const Reading large_head = read(head, 10, Kind::message, false, limits);
  ASSERT_FALSE(large_head.outcome);
  EXPECT_EQ(describe(large_head.outcome.error()), "the head of the answer is larger than 1024 bytes");
  for (const std::string& text :
       {std::string("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n"),
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'a') + "\r\n40\r\n"}) {
    const Reading body = read(text, 10, Kind::message, false, limits);
    ASSERT_FALSE(body.outcome) << text;
    EXPECT_EQ(describe(body.outcome.error()), "the answer is larger than 100 bytes");
  }
  const Reading endless = read("HTTP/1.1 200 OK\r\n\r\n" + std::string(200, 'a'), 10, Kind::message, false, limits);
  EXPECT_FALSE(endless.outcome);
}

TEST(ResponseReader, ALimitDoesNotDependOnThePiecesThatArrive) {
  HttpGetLimits limits;
  limits.head = 1024;
  const std::string line = "HTTP/1.1 200 OK\r\n";
  const std::string chunked = line + "Transfer-Encoding: chunked\r\n\r\n";
  // The head; the line of a chunk; a trailer.
  struct Case {
    std::string before, measured, after;
  };
  for (const Case& given :
       {Case{"", line + "X: ", "\r\n\r\n"}, Case{chunked, "5;", "\r\n"}, Case{chunked, "0\r\nX: ", "\r\n\r\n"}}) {
    const std::size_t room = limits.head - given.measured.size() - given.after.size();
    for (std::size_t step = 1; step <= 2000; step = step * 3 / 2 + 1) {
      const auto of = [&](std::size_t size) {
        return read(given.before + given.measured + std::string(size, 'a') + given.after, step, Kind::message, false,
                    limits)
            .outcome;
      };
      EXPECT_TRUE(of(room)) << given.measured << " in steps of " << step;
      EXPECT_FALSE(of(room + 1)) << given.measured << " in steps of " << step;
      EXPECT_FALSE(of(room + line.size())) << given.measured << " in steps of " << step;
    }
  }
}

TEST(ResponseReader, AStreamHasNoEndButItsChunksHaveHeads) {
  HttpGetLimits limits;
  limits.head = 1024;
  limits.body = 10;
  EXPECT_TRUE(read("HTTP/1.1 200 OK\r\n\r\n" + std::string(5000, 'a'), 100, Kind::stream, false, limits).outcome);
  const std::string chunk_line = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(5000, 'a');
  EXPECT_FALSE(read(chunk_line, 100, Kind::stream, false, limits).outcome);
}

TEST(ResponseReader, WhatIsNotHttpIsSaidToBe) {
  const Reading reading = read("SSH-2.0-OpenSSH_9.2\r\n\r\n", 100);
  ASSERT_FALSE(reading.outcome);
  EXPECT_NE(describe(reading.outcome.error()).find("malformed HTTP"), std::string::npos);
}

}  // namespace
}  // namespace jitgate
