#include "tests/host/access_list.hpp"
#include "tests/host/file_access.hpp"

namespace jitgate {

void set_file_access(const std::string& path, FileAccess access) {
  set_access(path, access == FileAccess::owner         ? kOursAlone
                   : access == FileAccess::others_read ? kEverybodyReads
                                                       : kEverybodyWrites);
}

void set_directory_access(const std::string& path, FileAccess access) {
  constexpr const wchar_t* kOurs = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
  constexpr const wchar_t* kRead = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FRFX;;;WD)";
  constexpr const wchar_t* kWritten = L"D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;WD)";
  set_access(path, access == FileAccess::owner ? kOurs : access == FileAccess::others_read ? kRead : kWritten);
}

}  // namespace jitgate
