# One interface target carries what every translation unit of ours is compiled with.
add_library(jitgate_options INTERFACE)
target_include_directories(jitgate_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
if(WIN32)
  include(${CMAKE_CURRENT_LIST_DIR}/WindowsOptions.cmake)
endif()
if(MSVC)
  target_compile_options(jitgate_options INTERFACE /W4 $<$<BOOL:${JITGATE_WERROR}>:/WX> /permissive- /utf-8 /Zc:__cplusplus /EHsc)
else()
  target_compile_options(jitgate_options INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual $<$<BOOL:${JITGATE_WERROR}>:-Werror>
    # GCC takes the frame allocator of Asio's coroutines, which it inlines one half of, for a mismatch.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-mismatched-new-delete>
    # GCC 12 sees an overlap in std::string's operator+ where there is none (GCC bug 105329).
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_LESS:$<CXX_COMPILER_VERSION>,13>>:-Wno-restrict>)
endif()
if(JITGATE_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # ThreadSanitizer does not see the fences that Asio uses beside its locks; GCC says so at each.
  target_compile_options(jitgate_options INTERFACE -Wno-tsan)
  add_compile_options(-Wno-tsan)
endif()

if(JITGATE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The instrumentation hides from GCC that a variant's unused alternative is never read.
  target_compile_options(jitgate_options INTERFACE -Wno-maybe-uninitialized)
endif()
if(JITGATE_SANITIZE)
  add_compile_options(-fsanitize=${JITGATE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${JITGATE_SANITIZE})
endif()

configure_file(${PROJECT_SOURCE_DIR}/cmake/version.hpp.in ${PROJECT_BINARY_DIR}/generated/jitgate/version.hpp @ONLY)
