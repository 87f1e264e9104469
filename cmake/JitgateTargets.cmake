# jitgate_library(NAME SOURCES a.cpp ... DEPENDS lib ...): a static library of ours.
function(jitgate_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC jitgate_options ${ARG_DEPENDS})
endfunction()

# jitgate_test(NAME LABEL unit|netns|foreign SOURCES a_test.cpp ... DEPENDS lib ...): one GoogleTest executable, one CTest entry a case.
function(jitgate_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE jitgate_options ${ARG_DEPENDS} GTest::gmock GTest::gtest_main)
  include(GoogleTest)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABEL} TIMEOUT 300)
endfunction()

# jitgate_fuzz(NAME SOURCE file DEPENDS lib ...): a libFuzzer target; `fuzzers` builds all of them.
function(jitgate_fuzz name)
  cmake_parse_arguments(ARG "" "SOURCE" "DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCE})
  target_link_libraries(${name} PRIVATE jitgate_options ${ARG_DEPENDS})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers ${name})
endfunction()
