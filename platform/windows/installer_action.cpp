// jitgate-installer.dll: what the installer (packaging/windows/jitgate.wxs) does before the programs are there, so that
// it cannot be a program of ours.
#include <windows.h>

// After windows.h.
#include <msi.h>
#include <msiquery.h>

#include "platform/windows/service_end.hpp"
#include "platform/windows/wide_text.hpp"

namespace {

constexpr std::chrono::seconds kLimit(30);

void tell(MSIHANDLE install, const jitgate::Error& why) {
  const MSIHANDLE record = ::MsiCreateRecord(1);
  if (record == 0) return;
  // Field 0 is the format, in which brackets would mean something.
  ::MsiRecordSetStringW(record, 0, L"[1]");
  ::MsiRecordSetStringW(record, 1, jitgate::wide_text("jitgate: " + describe(why)).c_str());
  ::MsiProcessMessage(install, INSTALLMESSAGE_ERROR, record);
  ::MsiCloseHandle(record);
}

}  // namespace

/// After the installer has asked the service to stop, and before it touches files: replaced while they are in use, the
/// old ones would run on until the next boot.
extern "C" __declspec(dllexport) UINT __stdcall AwaitServiceEnd(MSIHANDLE install) {
  try {
    const auto ended = jitgate::await_service_end(kLimit);
    if (ended) return ERROR_SUCCESS;
    tell(install, ended.error());
  } catch (...) {  // nothing may leave a function that C calls
  }
  return ERROR_INSTALL_FAILURE;
}
