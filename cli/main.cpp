#include <chrono>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "cli/program.hpp"

int main(int argc, char** argv) {
  jitgate::cli::Environment environment{std::cout, std::cerr,
                                        [](const std::string& name) -> std::optional<std::string> {
                                          const char* value = std::getenv(name.c_str());
                                          if (value == nullptr) return std::nullopt;
                                          return std::string(value);
                                        },
                                        [] { return jitgate::WallTime(std::chrono::system_clock::now()); }};
  try {
    return static_cast<int>(jitgate::cli::run(std::vector<std::string>(argv + 1, argv + argc), environment));
  } catch (const std::exception& broken) {
    std::cerr << "jitgate: " << broken.what() << '\n';
    return static_cast<int>(jitgate::cli::ExitCode::failed);
  }
}
