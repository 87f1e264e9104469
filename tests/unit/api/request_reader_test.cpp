#include "agent/api/request_reader.hpp"

#include <gtest/gtest.h>

#include <boost/asio/buffer.hpp>

namespace jitgate {
namespace {

namespace net = boost::asio;

constexpr HttpLimits kLimits;

void append(boost::beast::flat_buffer& buffer, std::string_view bytes) {
  buffer.commit(net::buffer_copy(buffer.prepare(bytes.size()), net::buffer(bytes)));
}

/// The status of the failure, 200 for a complete request, 0 for one that needs more.
unsigned outcome_of(std::string_view bytes) {
  boost::beast::flat_buffer buffer;
  append(buffer, bytes);
  RequestReader reader(kLimits);
  const auto progress = reader.advance(buffer);
  if (progress.has_error()) return static_cast<unsigned>(progress.error().status);
  return *progress == RequestReader::Progress::complete ? 200 : 0;
}

std::string post(std::string_view fields, std::string_view body) {
  return "POST /v1/requests HTTP/1.1\r\nContent-Type: application/json\r\n" + std::string(fields) + "\r\n" +
         std::string(body);
}

struct Case {
  const char* name;
  std::string bytes;
  unsigned status;
};

std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

class RequestBytes : public testing::TestWithParam<Case> {};

TEST_P(RequestBytes, AreJudged) {
  EXPECT_EQ(outcome_of(GetParam().bytes), GetParam().status);
}

INSTANTIATE_TEST_SUITE_P(
    , RequestBytes,
    testing::Values(
        Case{"WithoutBody", "GET /v1/status HTTP/1.1\r\n\r\n", 200},                               //
        Case{"WithoutHost", "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", 200},                         //
        Case{"Http10", "GET / HTTP/1.0\r\n\r\n", 200},                                             //
        Case{"LengthBody", post("Content-Length: 2\r\n", "{}"), 200},                              //
        Case{"EmptyBody", "POST /v1/disable HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 200},          //
        Case{"ChunkedBody", post("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"), 200},  //
        Case{"CharsetUtf8",
             "POST / HTTP/1.1\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: 2\r\n\r\n{}", 200},
        Case{"HalfHead", "GET /v1/status HT", 0},                 //
        Case{"HalfBody", post("Content-Length: 2\r\n", "{"), 0},  //
        Case{"LengthAndCoding", post("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
             400},  //
        Case{"CodingAndLength", post("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n", "2\r\n{}\r\n0\r\n\r\n"),
             400},                                                                                                    //
        Case{"SameLengthTwice", post("Content-Length: 2\r\nContent-Length: 2\r\n", "{}"), 400},                       //
        Case{"OtherLengthTwice", post("Content-Length: 2\r\nContent-Length: 20\r\n", "{}"), 400},                     //
        Case{"LengthList", post("Content-Length: 2, 2\r\n", "{}"), 400},                                              //
        Case{"SignedLength", post("Content-Length: +2\r\n", "{}"), 400},                                              //
        Case{"HexLength", post("Content-Length: 0x2\r\n", "{}"), 400},                                                //
        Case{"EmptyLength", post("Content-Length:\r\n", "{}"), 400},                                                  //
        Case{"HugeLength", post("Content-Length: 99999999999999999999999\r\n", "{}"), 400},                           //
        Case{"TenMegabytes", post("Content-Length: 10485760\r\n", ""), 413},                                          //
        Case{"OneByteTooLong", post("Content-Length: 262145\r\n", ""), 413},                                          //
        Case{"OtherCoding", post("Transfer-Encoding: gzip\r\n", ""), 400},                                            //
        Case{"TwoCodings", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), 400},                           //
        Case{"CodingTwice", post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400},  //
        Case{"CodingWithJunk", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), 400},                            //
        Case{"CodingInHttp10",
             "POST / HTTP/1.0\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
             400},                                                                                                   //
        Case{"ChunkSizeJunk", post("Transfer-Encoding: chunked\r\n", "2x\r\n{}\r\n0\r\n\r\n"), 400},                 //
        Case{"ChunkSizeNegative", post("Transfer-Encoding: chunked\r\n", "-2\r\n{}\r\n0\r\n\r\n"), 400},             //
        Case{"ChunkTooLong", post("Transfer-Encoding: chunked\r\n", "fffffff\r\n"), 413},                            //
        Case{"ChunkSizeOverflow", post("Transfer-Encoding: chunked\r\n", "fffffffffffffffffff\r\n"), 400},           //
        Case{"ChunkEndMissing", post("Transfer-Encoding: chunked\r\n", "2\r\n{}xx0\r\n\r\n"), 400},                  //
        Case{"ChunkHeaderEndless", post("Transfer-Encoding: chunked\r\n", "2;" + std::string(9000, 'a')), 400},      //
        Case{"FoldedLine", "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},                                             //
        Case{"SpaceBeforeColon", post("Content-Length : 2\r\n", "{}"), 400},                                         //
        Case{"BareLineFeeds", "GET / HTTP/1.1\n\n", 400},                                                            //
        Case{"BareCarriageReturn", "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n", 400},                                     //
        Case{"NulInField", std::string("GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", 27), 400},                               //
        Case{"EmptyFirstLine", "\r\nGET / HTTP/1.1\r\n\r\n", 400},                                                   //
        Case{"TlsHandshake", std::string("\x16\x03\x01\x02\x00\x01", 6), 400},                                       //
        Case{"Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},                                               //
        Case{"Http09", "GET /\r\n\r\n", 400},                                                                        //
        Case{"AbsoluteForm", "GET http://localhost/v1/status HTTP/1.1\r\n\r\n", 400},                                //
        Case{"AuthorityForm", "CONNECT localhost:22 HTTP/1.1\r\n\r\n", 400},                                         //
        Case{"AsteriskForm", "OPTIONS * HTTP/1.1\r\n\r\n", 400},                                                     //
        Case{"SpaceInTarget", "GET /v1/status x HTTP/1.1\r\n\r\n", 400},                                             //
        Case{"HostTwice", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},                                      //
        Case{"Expectation", post("Content-Length: 2\r\nExpect: 100-continue\r\n", ""), 417},                         //
        Case{"NoContentType", "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 415},                                //
        Case{"FormContentType", "POST / HTTP/1.1\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415},  //
        Case{"OtherCharset",
             "POST / HTTP/1.1\r\nContent-Type: application/json; charset=utf-16\r\nContent-Length: 2\r\n\r\n{}", 415},
        Case{"EncodedBody", post("Content-Encoding: gzip\r\nContent-Length: 2\r\n", "{}"), 415},  //
        Case{"EndlessHead", "GET / HTTP/1.1\r\nA: " + std::string(8192, 'a'), 431},               //
        Case{"EndlessTarget", "GET /" + std::string(8192, 'a'), 431},                             //
        Case{"Garbage", "\xff\xfe\xfd garbage\r\n\r\n", 400}),
    [](const testing::TestParamInfo<Case>& row) { return std::string(row.param.name); });

/// The body of a request that arrives one byte at a time.
std::string body_byte_by_byte(const std::string& bytes) {
  boost::beast::flat_buffer buffer;
  RequestReader reader(kLimits);
  for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
    append(buffer, bytes.substr(i, 1));
    const auto progress = reader.advance(buffer);
    EXPECT_TRUE(progress.has_value()) << i;
    EXPECT_EQ(*progress, RequestReader::Progress::need_more) << i;
  }
  append(buffer, bytes.substr(bytes.size() - 1));
  EXPECT_EQ(*reader.advance(buffer), RequestReader::Progress::complete);
  return reader.take().body();
}

TEST(RequestReader, TakesBytesOneByOne) {
  EXPECT_EQ(body_byte_by_byte(post("Transfer-Encoding: chunked\r\n", "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n")), "{}");
  EXPECT_EQ(body_byte_by_byte(post("Content-Length: 2\r\n", "{}")), "{}");
}

TEST(RequestReader, TakesTheEndOfAnEmptyChunkedBodyOneByOne) {
  EXPECT_EQ(body_byte_by_byte(post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n")), "");
}

TEST(RequestReader, LeavesAPipelinedRequestInTheBuffer) {
  boost::beast::flat_buffer buffer;
  append(buffer, post("Content-Length: 2\r\n", "{}") + "GET /healthz HTTP/1.1\r\n\r\n");
  RequestReader first(kLimits);
  ASSERT_EQ(*first.advance(buffer), RequestReader::Progress::complete);
  RequestReader second(kLimits);
  ASSERT_EQ(*second.advance(buffer), RequestReader::Progress::complete);
  EXPECT_EQ(second.take().target(), "/healthz");
  EXPECT_EQ(buffer.size(), 0u);
}

TEST(RequestReader, TakesABodyOfExactlyTheLimit) {
  const std::string body(kLimits.body, ' ');
  EXPECT_EQ(outcome_of(post("Content-Length: 262144\r\n", body)), 200u);
}

TEST(RequestReader, EndsAChunkedBodyThatIsMostlyFraming) {
  std::string body;
  for (int i = 0; i < 600; ++i) body += "1;" + std::string(4000, 'a') + "\r\nx\r\n";
  EXPECT_EQ(outcome_of(post("Transfer-Encoding: chunked\r\n", body)), 413u);
}

}  // namespace
}  // namespace jitgate
