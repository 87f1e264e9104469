#include "tests/source_server/grant_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <random>

#include "tests/source_server/scripted_server.hpp"

namespace jitgate::testing_server {
namespace {

namespace json = boost::json;

std::string to_json(const DeliveredDocument& entry) {
  json::object object{{"key", entry.key}, {"document", entry.document}};
  if (entry.signature) object["signature"] = *entry.signature;
  return json::serialize(object);
}

std::string event(const std::string& type, const std::string& data, const std::string& id = {}) {
  std::string text = "event: " + type + "\n";
  if (!id.empty()) text += "id: " + id + "\n";
  return text + "data: " + data + "\n\n";
}

std::string chunk(const std::string& bytes) {
  char size[32];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return size + bytes + "\r\n";
}

}  // namespace

struct GrantServer::Subscriber {
  explicit Subscriber(net::io_context& context) : changed(context) {}
  net::steady_timer changed;
  std::uint64_t told = 0;  ///< the last version
};

GrantServer::GrantServer(Options options)
    : options_(std::move(options)),
      epoch_(std::to_string(std::random_device()())),
      acceptor_(loop_.context(), {net::ip::make_address(options_.address), options_.port}) {
  port_ = acceptor_.local_endpoint().port();
  net::co_spawn(loop_.context(), accept(), net::detached);
}

GrantServer::~GrantServer() {
  loop_.stop();
  // Sockets must not outlive the loop.
  streams_.clear();
}

std::string GrantServer::url() const {
  return (options_.tls ? "https://" : "http://") + options_.address + ":" + std::to_string(port_) + "/grants";
}

void GrantServer::publish(const std::string& key, const std::string& document,
                          const std::optional<std::string>& signature) {
  loop_.call([&] { put({key, document, signature}); });
}

void GrantServer::publish_all(std::vector<DeliveredDocument> entries) {
  loop_.call([&] {
    for (DeliveredDocument& entry : entries) put(std::move(entry));
  });
}

void GrantServer::remove(const std::string& key) {
  loop_.call([&] {
    if (entries_.erase(key) == 0) return;
    changed(event("remove", json::serialize(json::object{{"key", key}}), version_name(version_ + 1)));
  });
}

void GrantServer::set_policy(const std::string& policy) {
  loop_.call([&] {
    policy_ = policy;
    changed(event("policy", policy, version_name(version_ + 1)));
  });
}

void GrantServer::disconnect_all() {
  loop_.call([&] {
    for (const auto& stream : streams_) stream->close();
    for (Subscriber* subscriber : subscribers_) subscriber->changed.cancel();
  });
}

void GrantServer::set_available(bool available, const std::string& retry_after) {
  loop_.call([&] {
    available_ = available;
    retry_after_ = retry_after;
  });
}

std::vector<DeliveredDocument> GrantServer::entries() {
  return loop_.call([&] {
    std::vector<DeliveredDocument> all;
    for (const auto& [key, entry] : entries_) all.push_back(entry);
    return all;
  });
}

GrantServer::Counters GrantServer::counters() {
  return loop_.call([&] { return counters_; });
}

std::string GrantServer::last_request() {
  return loop_.call([&] { return last_request_; });
}

net::awaitable<void> GrantServer::accept() {
  for (;;) {
    auto [code, socket] = co_await acceptor_.async_accept(kToResult);
    if (code) co_return;
    auto stream = std::make_shared<ServerStream>(std::move(socket), options_.tls);
    streams_.insert(stream);
    net::co_spawn(loop_.context(), serve(stream),
                  [this, stream](const std::exception_ptr&) { streams_.erase(stream); });
  }
}

net::awaitable<void> GrantServer::serve(std::shared_ptr<ServerStream> stream) {
  if (!co_await stream->open()) co_return;
  const std::optional<std::string> head = co_await stream->read_head();
  if (!head) co_return;
  last_request_ = *head;
  std::string refusal;
  if (!available_) refusal = "503 Service Unavailable";
  if (!options_.token.empty() && field_of(*head, "Authorization") != "Bearer " + options_.token)
    refusal = "401 Unauthorized";
  if (!refusal.empty()) {
    ++counters_.refused;
    const std::string field = retry_after_.empty() ? "" : "Retry-After: " + retry_after_ + "\r\n";
    co_await stream->write(http_answer(refusal, field, ""));
    co_await stream->finish();
  } else if (field_of(*head, "Accept") == "text/event-stream") {
    co_await follow(stream, *head);
    stream->close();
  } else {
    co_await answer(*stream, *head);
    co_await stream->finish();
  }
}

net::awaitable<void> GrantServer::answer(ServerStream& stream, const std::string& head) {
  ++counters_.polls;
  const std::string etag = "\"" + version_name(version_) + "\"";
  std::string reply;
  if (field_of(head, "If-None-Match") == etag) {
    ++counters_.not_modified;
    reply = "HTTP/1.1 304 Not Modified\r\nETag: " + etag + "\r\n\r\n";
  } else {
    reply = http_answer("200 OK", "Content-Type: application/json\r\nETag: " + etag + "\r\n", list());
  }
  co_await stream.write(std::move(reply));
}

net::awaitable<void> GrantServer::follow(std::shared_ptr<ServerStream> stream, std::string head) {
  ++counters_.subscriptions;
  Subscriber subscriber(loop_.context());
  subscribers_.insert(&subscriber);
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
                      chunk(beginning_for(subscriber, field_of(head, "Last-Event-ID")));
  for (;;) {
    const bool alive = co_await stream->write(std::move(bytes));
    if (!alive) break;
    if (subscriber.told == version_) {
      subscriber.changed.expires_after(options_.heartbeat);
      [[maybe_unused]] const auto [woken] = co_await subscriber.changed.async_wait(kToResult);
    }
    const std::optional<std::string> news = news_for(subscriber);
    if (!news) break;
    bytes = chunk(*news);
  }
  subscribers_.erase(&subscriber);
}

std::string GrantServer::beginning_for(Subscriber& subscriber, const std::string& last_id) {
  const auto known = [&](const Change& change) { return version_name(change.version) == last_id; };
  const bool can_resume =
      !last_id.empty() && (last_id == version_name(version_) || std::any_of(history_.begin(), history_.end(), known));
  std::string text;
  if (can_resume) {
    ++counters_.resumed;
    subscriber.told = std::stoull(last_id.substr(last_id.find('-') + 1));
    if (subscriber.told != version_) text = *news_for(subscriber);
  } else {
    text = event("snapshot", "{}");
    if (!policy_.empty()) text += event("policy", policy_);
    for (const auto& [key, entry] : entries_) text += event("grant", to_json(entry));
    subscriber.told = version_;
  }
  return text + sync_event();
}

std::optional<std::string> GrantServer::news_for(Subscriber& subscriber) {
  if (subscriber.told == version_) return event("heartbeat", "{}");
  if (history_.empty() || history_.front().version > subscriber.told + 1) return std::nullopt;
  std::string text;
  for (auto change = history_.begin() + static_cast<std::ptrdiff_t>(subscriber.told + 1 - history_.front().version);
       change != history_.end(); ++change)
    text += change->event;
  subscriber.told = version_;
  return text;
}

void GrantServer::put(DeliveredDocument entry) {
  const std::string text = to_json(entry);
  entries_.insert_or_assign(entry.key, std::move(entry));
  changed(event("grant", text, version_name(version_ + 1)));
}

void GrantServer::changed(std::string text) {
  history_.push_back({++version_, std::move(text)});
  while (history_.size() > options_.history) history_.pop_front();
  for (Subscriber* subscriber : subscribers_) subscriber->changed.cancel();
}

std::string GrantServer::list() const {
  std::string text = R"({"apiVersion":"jitgate/v1","kind":"GrantList","version":")" + version_name(version_) + "\"";
  if (!policy_.empty()) text += ",\"policy\":" + policy_;
  text += ",\"grants\":[";
  const char* separator = "";
  for (const auto& [key, entry] : entries_) {
    text.append(separator).append(to_json(entry));
    separator = ",";
  }
  return text + "]}";
}

std::string GrantServer::version_name(std::uint64_t version) const {
  return epoch_ + "-" + std::to_string(version);
}

std::string GrantServer::sync_event() const {
  const json::object data{{"version", version_name(version_)}, {"heartbeatSeconds", options_.heartbeat.count()}};
  return event("sync", json::serialize(data), version_name(version_));
}

}  // namespace jitgate::testing_server
