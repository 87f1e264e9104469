find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json url)
find_package(OpenSSL 3 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
if(JITGATE_TESTS)
  find_package(GTest REQUIRED)
endif()
if(CMAKE_SYSTEM_NAME STREQUAL "Linux")
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(MNL REQUIRED IMPORTED_TARGET libmnl)
  pkg_check_modules(NFTNL REQUIRED IMPORTED_TARGET libnftnl)
endif()
if(MINGW)
  # Made without a shared library, yaml-cpp does not tell its users so.
  set_property(TARGET yaml-cpp APPEND PROPERTY INTERFACE_COMPILE_DEFINITIONS YAML_CPP_STATIC_DEFINE)
endif()

# Asio and Beast are compiled once, not in every translation unit that includes them.
add_library(jitgate_net STATIC cmake/asio_beast.cpp)
target_compile_features(jitgate_net PUBLIC cxx_std_20)
target_compile_definitions(jitgate_net PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(jitgate_net PUBLIC Boost::headers Threads::Threads)
if(WIN32)
  target_link_libraries(jitgate_net PUBLIC ws2_32 mswsock bcrypt)
endif()

# The TLS half of Asio, for what speaks it.
add_library(jitgate_net_tls STATIC cmake/asio_ssl.cpp)
target_link_libraries(jitgate_net_tls PUBLIC jitgate_net OpenSSL::SSL)
