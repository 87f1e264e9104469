// The local API's named pipe: who comes, who waits for whom, and what is refused.
#include "agent/api/pipe_acceptor.hpp"

#include <gtest/gtest.h>
#include <windows.h>

#include <aclapi.h>

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "cli/http_exchange.hpp"
#include "platform/peer_identity.hpp"
#include "platform/windows/process_account.hpp"

namespace jitgate {
namespace {

namespace net = boost::asio;
constexpr auto kTuple = net::as_tuple(net::use_awaitable);
constexpr std::chrono::seconds kPatience{20};

class Pipe : public testing::Test {
 protected:
  /// Listens; clients that say nothing are closed after `patience`.
  PipeAcceptor listen(std::chrono::milliseconds patience = std::chrono::minutes(5)) {
    return PipeAcceptor::listen(context_, name_, patience, identify_).value();
  }
  PipeHandle connect() { return open_pipe(context_.get_executor(), name_).value(); }

  /// A client whose end has been taken by the acceptor.
  PipeHandle connect_silently() {
    while (true) {
      auto pipe = open_pipe(context_.get_executor(), name_);
      if (pipe) return std::move(*pipe);
      if (pipe.error().code != errc::unavailable) throw std::runtime_error(describe(pipe.error()));
      context_.run_one_for(kPatience);
    }
  }

  /// Runs the loop until the coroutine has ended, and returns what it returns.
  template <class T>
  T finish(net::awaitable<T> coroutine) {
    std::optional<T> result;
    net::co_spawn(context_, std::move(coroutine), [&](std::exception_ptr broken, T value) {
      if (broken) std::rethrow_exception(broken);
      result = std::move(value);
    });
    const auto last = std::chrono::steady_clock::now() + kPatience;
    context_.restart();
    while (!result && std::chrono::steady_clock::now() < last) context_.run_one_until(last);
    if (!result) throw std::runtime_error("nothing came of it in time");
    return std::move(*result);
  }

  PipeClient accept(PipeAcceptor& acceptor) {
    auto [failed, client] = finish(acceptor.async_accept(kTuple));
    if (failed) throw boost::system::system_error(failed);
    return std::move(client);
  }

  static void say(PipeHandle& pipe, const std::string& text) { net::write(pipe, net::buffer(text)); }

  /// What the other end says next; empty when it has closed.
  std::string hear(PipeHandle& pipe) {
    std::array<char, 64> space{};
    auto [code, size] = finish(pipe.async_read_some(net::buffer(space), kTuple));
    return code ? std::string() : std::string(space.data(), size);
  }

  net::io_context context_;
  PipeAcceptor::Identify identify_ = [](LocalHandle pipe) -> net::awaitable<Result<PeerIdentity>> {
    co_return identify_peer(pipe, {"S-1-1-0", "S-1-5-32-546", "no such group"});
  };
  std::string name_ = R"(\\.\pipe\jitgate-test-)" + std::to_string(::GetCurrentProcessId());
};

TEST_F(Pipe, ClientIsWhoItIs) {
  auto acceptor = listen();
  auto client = connect();
  say(client, "hello");
  auto taken = accept(acceptor);
  EXPECT_EQ(taken.first, "hello");
  const auto& peer = taken.peer;
  ASSERT_TRUE(peer) << describe(peer.error());
  EXPECT_EQ(peer->sid, process_user().text());
  EXPECT_EQ(peer->pid, static_cast<std::int64_t>(::GetCurrentProcessId()));
  EXPECT_NE(peer->user.find('\\'), std::string::npos) << peer->user;
  EXPECT_EQ(peer->groups, std::vector<std::string>{"S-1-1-0"}) << "Everyone, not Guests";
}

// NETWORK is in the token of an administrator who came by SSH or WinRM.
TEST_F(Pipe, DeniesNobodyByItsAccessList) {
  auto pipe = make_pipe_end(context_.get_executor(), name_, true);
  ASSERT_TRUE(pipe) << describe(pipe.error());
  PACL list = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  ASSERT_EQ(::GetSecurityInfo(pipe->native_handle(), SE_KERNEL_OBJECT, DACL_SECURITY_INFORMATION, nullptr, nullptr,
                              &list, nullptr, &descriptor),
            static_cast<DWORD>(ERROR_SUCCESS));
  const std::unique_ptr<void, decltype(&::LocalFree)> memory(descriptor, &::LocalFree);
  ASSERT_NE(list, nullptr);
  ASSERT_EQ(list->AceCount, 3) << "SYSTEM, Administrators, whoever has logged on";
  for (DWORD i = 0; i < list->AceCount; ++i) {
    void* entry = nullptr;
    ASSERT_NE(::GetAce(list, i, &entry), FALSE);
    EXPECT_EQ(static_cast<const ACE_HEADER*>(entry)->AceType, ACCESS_ALLOWED_ACE_TYPE);
  }
}

TEST_F(Pipe, IsServedByOneProcessOnly) {
  auto acceptor = listen();
  const auto second = PipeAcceptor::listen(context_, name_, kPatience, identify_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, errc::conflict) << describe(second.error());
}

TEST_F(Pipe, IsGoneWhenNobodyServesIt) {
  EXPECT_FALSE(is_pipe_served(name_));
  const auto pipe = open_pipe(context_.get_executor(), name_);
  ASSERT_FALSE(pipe);
  EXPECT_EQ(pipe.error().code, errc::not_found) << describe(pipe.error());
}

TEST_F(Pipe, ASilentClientHoldsUpNobody) {
  auto acceptor = listen();
  auto silent = connect();
  auto talking = connect_silently();
  say(talking, "second");
  EXPECT_EQ(accept(acceptor).first, "second");
  say(silent, "first");
  EXPECT_EQ(accept(acceptor).first, "first");
}

TEST_F(Pipe, AClientThatIsBeingIdentifiedHoldsUpNobody) {
  net::steady_timer told(context_, net::steady_timer::time_point::max());
  bool first = true;
  identify_ = [&](LocalHandle pipe) -> net::awaitable<Result<PeerIdentity>> {
    if (std::exchange(first, false)) co_await told.async_wait(kTuple);
    co_return identify_peer(pipe, {});
  };
  auto acceptor = listen();
  auto slow = connect();
  say(slow, "slow");
  // Until it is being asked who the first one is.
  while (first) context_.run_one_for(kPatience);
  auto quick = connect_silently();
  say(quick, "quick");
  EXPECT_EQ(accept(acceptor).first, "quick");
  told.cancel();
  EXPECT_EQ(accept(acceptor).first, "slow");
}

TEST_F(Pipe, ASilentClientIsClosedInTime) {
  auto acceptor = listen(std::chrono::milliseconds(1));
  auto silent = connect();
  EXPECT_EQ(hear(silent), "");
}

TEST_F(Pipe, TheOldestOfTooManySilentClientsMakesRoom) {
  auto acceptor = listen();
  auto oldest = connect();
  std::vector<PipeHandle> others;
  for (std::size_t i = 0; i < PipeAcceptor::kMostSilent; ++i) others.push_back(connect_silently());
  EXPECT_EQ(hear(oldest), "");
  say(others.back(), "still here");
  EXPECT_EQ(accept(acceptor).first, "still here");
}

TEST_F(Pipe, StreamGivesWhatCameFirstAndThenTheRest) {
  auto acceptor = listen();
  auto client = connect();
  say(client, "one");
  PipeStream stream(accept(acceptor));
  say(client, "two");
  std::array<char, 2> space{};
  std::string heard;
  while (heard.size() < 6) {
    const auto size = finish(stream.read_some(net::buffer(space)));
    ASSERT_TRUE(size);
    heard.append(space.data(), *size);
  }
  EXPECT_EQ(heard, "onetwo");
}

TEST_F(Pipe, StreamEndsWhenItsTimeIsOver) {
  auto acceptor = listen();
  auto client = connect();
  say(client, "x");
  PipeStream stream(accept(acceptor));
  std::array<char, 8> space{};
  ASSERT_EQ(finish(stream.read_some(net::buffer(space))), 1u);
  stream.expires_after(std::chrono::milliseconds(1));
  EXPECT_FALSE(finish(stream.read_some(net::buffer(space))));
  EXPECT_EQ(hear(client), "");
}

TEST_F(Pipe, TheCommandLineGetsItsReply) {
  auto acceptor = listen();
  const auto answer = [](auto* from) -> net::awaitable<std::string> {
    auto [failed, client] = co_await from->async_accept(kTuple);
    if (failed) co_return "";
    PipeStream stream(std::move(client));
    // A request comes in pieces: "GET" alone may be the first.
    std::string request;
    std::array<char, 512> space{};
    while (request.find("\r\n\r\n") == std::string::npos) {
      const auto size = co_await stream.read_some(net::buffer(space));
      if (!size) co_return request;
      request.append(space.data(), *size);
    }
    http::response<http::string_body> reply(http::status::ok, 11);
    reply.body() = "{}";
    reply.prepare_payload();
    co_await stream.write(reply);
    co_return request;
  };
  std::string heard;
  std::thread server([&] { heard = finish(answer(&acceptor)); });
  const auto reply = cli::exchange(name_, cli::HttpRequest(http::verb::get, "/v1/status", 11), kPatience);
  server.join();
  ASSERT_TRUE(reply) << reply.error();
  EXPECT_EQ(reply->body(), "{}");
  EXPECT_EQ(heard.substr(0, heard.find('\r')), "GET /v1/status HTTP/1.1");
}

TEST(IsUser, TakesTheNameWithItsDomainInAnyCaseOrTheSid) {
  const PeerIdentity peer{R"(HOST\Ann)", 7, 1, {}, "S-1-5-21-1-2-3-1001"};
  EXPECT_TRUE(is_user(peer, R"(host\ANN)"));
  EXPECT_TRUE(is_user(peer, "S-1-5-21-1-2-3-1001"));
  EXPECT_FALSE(is_user(peer, "Ann"));
  EXPECT_FALSE(is_user(peer, R"(OTHER\Ann)"));
  EXPECT_FALSE(is_user(PeerIdentity{}, "S-1-5-18"));
}

}  // namespace
}  // namespace jitgate
