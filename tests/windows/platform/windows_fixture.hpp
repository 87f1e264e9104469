#pragma once

#include <gtest/gtest.h>
#include <windows.h>

#include <fstream>
#include <iterator>
#include <string>

#include "agent/model/result.hpp"
#include "platform/windows/wide_text.hpp"
#include "platform/windows/windows_handle.hpp"
#include "tests/host/access_list.hpp"
#include "tests/scratch_directory.hpp"

namespace jitgate::test {

inline std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// EXPECT that a result is an error of this code whose description holds `part`.
template <class T>
testing::AssertionResult fails_with(const Result<T>& result, errc code, const std::string& part) {
  if (result) return testing::AssertionFailure() << "succeeded";
  const std::string text = describe(result.error());
  if (result.error().code != code) return testing::AssertionFailure() << to_string(result.error().code) << ": " << text;
  if (text.find(part) == std::string::npos)
    return testing::AssertionFailure() << "\"" << text << "\" lacks \"" << part << "\"";
  return testing::AssertionSuccess();
}

template <class T>
testing::AssertionResult succeeds(const Result<T>& result) {
  if (result) return testing::AssertionSuccess();
  return testing::AssertionFailure() << describe(result.error());
}

}  // namespace jitgate::test
