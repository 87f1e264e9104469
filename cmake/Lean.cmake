# JITGATE_LEAN: programs as they are shipped, which start fast and take little memory (docs/bench.md has the figures).
#
# The C++ libraries become part of them: a third of the instructions of a start were the dynamic linker's search for their
# symbols. Libraries in C stay shared; OpenSSL and SQLite are what a distribution mends in a hurry. And as most of an idle
# daemon's memory is its own code, that is made small, but for the libraries through which ten thousand grants go at once.

# Everything that logs links this.
add_library(jitgate_spdlog INTERFACE)
if(NOT JITGATE_LEAN)
  target_link_libraries(jitgate_spdlog INTERFACE spdlog::spdlog)
  return()
endif()

# spdlog and fmt come without archives, and are made to be used by their headers alone.
foreach(property INTERFACE_COMPILE_DEFINITIONS INTERFACE_INCLUDE_DIRECTORIES)
  set(of_${property} $<TARGET_PROPERTY:spdlog::spdlog_header_only,${property}>)
endforeach()
target_compile_definitions(jitgate_spdlog INTERFACE ${of_INTERFACE_COMPILE_DEFINITIONS} FMT_HEADER_ONLY)
target_include_directories(jitgate_spdlog SYSTEM INTERFACE ${of_INTERFACE_INCLUDE_DIRECTORIES})
target_link_libraries(jitgate_spdlog INTERFACE Threads::Threads)

add_compile_options(-Os -ffunction-sections)
set(JITGATE_FAST_LIBRARIES jitgate_control jitgate_linux jitgate_model jitgate_reconcile jitgate_schedule jitgate_store)
add_link_options(-Wl,--gc-sections)
find_library(JITGATE_YAML_CPP_ARCHIVE libyaml-cpp.a)
if(NOT JITGATE_YAML_CPP_ARCHIVE)
  message(WARNING "There is no archive of yaml-cpp: it stays shared, and the C++ library with it")
  return()
endif()
# From 0.8 on, yaml-cpp is another name for it.
set(yaml yaml-cpp)
if(TARGET yaml-cpp::yaml-cpp)
  set(yaml yaml-cpp::yaml-cpp)
endif()
set_property(TARGET ${yaml} PROPERTY IMPORTED_CONFIGURATIONS NONE)
set_property(TARGET ${yaml} PROPERTY IMPORTED_LOCATION_NONE "${JITGATE_YAML_CPP_ARCHIVE}")
add_link_options(-static-libstdc++ -static-libgcc)
