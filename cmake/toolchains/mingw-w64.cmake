# Windows programs, built on Debian: `scripts/setup --windows` installs the compiler and Wine, and makes the libraries.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)

# The variant with POSIX threads: the other one has no std::thread.
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix)
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_MC_COMPILER x86_64-w64-mingw32-windmc)

if(DEFINED ENV{JITGATE_WINDOWS_SYSROOT})
  set(sysroot $ENV{JITGATE_WINDOWS_SYSROOT})
else()
  set(sysroot $ENV{HOME}/.cache/jitgate/windows-sysroot)
endif()
set(JITGATE_WINDOWS_SYSROOT ${sysroot} CACHE PATH "What scripts/windows-sysroot made")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES JITGATE_WINDOWS_SYSROOT)

# Nothing of the machine that builds is taken for Windows, but its programs.
set(CMAKE_FIND_ROOT_PATH ${JITGATE_WINDOWS_SYSROOT} /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(OPENSSL_USE_STATIC_LIBS ON)

# A program of ours is one file, which needs nothing but the system's own libraries.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-static")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "-static")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "-static")

# Tests run where they are built.
set(CMAKE_CROSSCOMPILING_EMULATOR ${CMAKE_CURRENT_LIST_DIR}/../../scripts/wine)
