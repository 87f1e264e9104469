#include "agent/metrics/metrics_textfile.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <utility>

#include "platform/replace_file.hpp"

namespace jitgate {

/// Handlers hold it weakly: they may be waiting in the loop when it goes.
class MetricsTextfile::Writer : public std::enable_shared_from_this<Writer> {
 public:
  using Clock = std::chrono::steady_clock;

  Writer(boost::asio::any_io_executor executor, std::string path, std::function<std::string()> render,
         std::function<void(Result<void>)> report, TextfilePace pace)
      : executor_(executor),
        path_(std::move(path)),
        render_(std::move(render)),
        report_(std::move(report)),
        pace_(pace),
        timer_(executor) {}

  ~Writer() {
    disk_.join();
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void start() { arm(Clock::now()); }
  void note_event() { arm(std::max(begun_ + pace_.shortest, Clock::now())); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  /// The earlier of what is due already and `at`.
  void arm(Clock::time_point at) {
    if (armed_ && due_ <= at) return;
    armed_ = true;
    due_ = at;
    timer_.expires_at(at);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code cancelled) {
      if (cancelled) return;
      if (const auto self = weak.lock()) self->write();
    });
  }

  void write() {
    armed_ = false;
    begun_ = Clock::now();
    arm(begun_ + pace_.longest);
    // A disk that takes this long gets the next text, not all of them.
    if (std::exchange(writing_, true)) return;
    boost::asio::post(disk_, [weak = weak_from_this(), executor = executor_, path = path_, text = render_()] {
      auto written = replace_file(path, text, FileReaders::everybody, Durability::none);
      boost::asio::post(executor, [weak, written = std::move(written)] {
        if (const auto self = weak.lock()) self->done(written);
      });
    });
  }

  void done(const Result<void>& written) {
    writing_ = false;
    report_(written);
  }

  boost::asio::any_io_executor executor_;
  std::string path_;
  std::function<std::string()> render_;
  std::function<void(Result<void>)> report_;
  TextfilePace pace_;
  boost::asio::steady_timer timer_;
  Clock::time_point due_{};
  Clock::time_point begun_{};
  bool armed_ = false;
  bool writing_ = false;
  boost::asio::thread_pool disk_{1};
};

MetricsTextfile::MetricsTextfile(boost::asio::any_io_executor executor, std::string path,
                                 std::function<std::string()> render, std::function<void(Result<void>)> report,
                                 TextfilePace pace)
    : writer_(
          std::make_shared<Writer>(std::move(executor), std::move(path), std::move(render), std::move(report), pace)) {
  writer_->start();
}

MetricsTextfile::~MetricsTextfile() = default;

void MetricsTextfile::note_event() {
  writer_->note_event();
}

const std::string& MetricsTextfile::path() const {
  return writer_->path();
}

}  // namespace jitgate
