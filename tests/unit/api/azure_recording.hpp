#pragma once

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <sstream>
#include <string>

namespace jitgate {

/// What the official SDK (@azure/arm-security 5.0.0) sent, and an answer that it took: tests/unit/api/azure/NAME.json.
class AzureRecording {
 public:
  explicit AzureRecording(const std::string& name) {
    std::ifstream file(std::string(JITGATE_AZURE_RECORDINGS) + "/" + name + ".json");
    std::stringstream text;
    text << file.rdbuf();
    document_ = boost::json::parse(text.str());
  }
  [[nodiscard]] std::string url() const { return std::string(document_.at("request").at("url").as_string()); }
  [[nodiscard]] std::string request_body() const { return boost::json::serialize(document_.at("request").at("body")); }
  [[nodiscard]] const boost::json::value& answer() const { return document_.at("response").at("body"); }

 private:
  boost::json::value document_;
};

}  // namespace jitgate
