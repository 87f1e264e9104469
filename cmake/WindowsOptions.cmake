# Windows 10, Server 2016 and later. windows.h is kept small: it brings in neither the old sockets nor macros named min and max,
# nor the names of wincrypt.h that OpenSSL uses too. For Asio and Beast as well, which are compiled apart from ours.
add_compile_definitions(_WIN32_WINNT=0x0A00 WINVER=0x0A00 WIN32_LEAN_AND_MEAN NOMINMAX UNICODE _UNICODE)
if(MSVC)
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:/bigobj>)
  # getenv and fopen are the standard's.
  add_compile_definitions(_CRT_SECURE_NO_WARNINGS)
else()
  # Templates of Boost make more sections than the usual object format counts.
  add_compile_options($<$<COMPILE_LANGUAGE:C,CXX>:-Wa,-mbig-obj>)
  add_link_options(-Wl,--dynamicbase,--nxcompat,--high-entropy-va)
endif()
