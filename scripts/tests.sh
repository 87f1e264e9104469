# Building and testing one preset; sourced by ./test and .ci/run. Each function returns non-zero when something failed.
# `passed`, `failed` and `lines` add up over all of them.

passed=0
failed=0
lines=()

count() {  # NAME PASSED FAILED
  passed=$((passed + $2))
  failed=$((failed + $3))
  lines+=("$(printf '%-14s %5d passed, %d failed' "$1" "$2" "$3")")
  [ "$3" -eq 0 ]
}

# ThreadSanitizer's runtime cannot map its shadow under the wide address space randomisation of newer kernels. The build
# needs this too: it runs the tests to list them.
layout_of() {  # PRESET
  layout=()
  if [ "$1" = tsan ] && setarch "$(uname -m)" -R true 2>/dev/null; then layout=(setarch "$(uname -m)" -R); fi
}

configure() { cmake --preset "$1" "${@:2}" >/dev/null; }  # PRESET [CMAKE OPTION...]

compile() {  # PRESET [OPTION OF cmake --build...]
  local layout
  layout_of "$1"
  "${layout[@]}" cmake --build --preset "$1" -j "$(nproc)" "${@:2}"
}

build() { configure "$@" && compile "$1"; }  # PRESET [CMAKE OPTION...]

# ctest's summary is what counts; a run without tests is a failure.
run_ctest() {  # PRESET LABEL [COMMAND THAT GIVES RIGHTS]
  local log total bad skipped label=$2 layout
  log=$(mktemp)
  layout_of "$1"  # after sudo, which would undo it
  "${@:3}" "${layout[@]}" env ASAN_OPTIONS=detect_stack_use_after_return=1 UBSAN_OPTIONS=print_stacktrace=1 \
    TSAN_OPTIONS=second_deadlock_stack=1 \
    ctest --test-dir "build/$1" -L "^$label\$" -j "$(nproc)" --no-tests=error --output-on-failure </dev/null 2>&1 | tee "$log"
  total=$(sed -n 's/^.* tests failed out of \([0-9]*\)$/\1/p' "$log")
  bad=$(sed -n 's/^.* tests passed, \([0-9]*\) tests failed out of .*$/\1/p' "$log")
  skipped=$(grep -c '\*\*\*Skipped' "$log" || true)
  rm -f "$log"
  [ -n "$total" ] && [ "$total" -gt 0 ] || { count "$1 $label" 0 1; return; }
  [ "$skipped" -eq 0 ] || lines+=("$1 $label: $skipped of the next were skipped")
  count "$1 $label" $((total - bad - skipped)) "$bad"
}

# Tests of real packets make network namespaces, which takes root.
run_as_root() {  # PRESET LABEL
  if [ "$(id -u)" -eq 0 ]; then
    run_ctest "$1" "$2"
  elif command -v sudo >/dev/null; then
    local outcome=0
    run_ctest "$1" "$2" sudo || outcome=1
    sudo chown -R "$(id -u):$(id -g)" "build/$1/Testing"
    return $outcome
  else
    say "the tests labelled $2 need root (CAP_SYS_ADMIN and CAP_NET_ADMIN): run as root, or install sudo"
    count "$1 $2" 0 1
  fi
}

# Clang builds with sanitizers in about half the time that GCC takes.
test_preset() {  # PRESET
  say "== $1"
  local options=() compiler
  if [ "$1" != dev ]; then
    compiler=$(clang_compiler) || { say "clang 15 or later is missing"; count "$1 build" 0 1; return; }
    options=("-DCMAKE_CXX_COMPILER=$compiler")
  fi
  build "$1" "${options[@]}" || { count "$1 build" 0 1; return; }
  local outcome=0
  run_ctest "$1" unit || outcome=1
  run_as_root "$1" netns || outcome=1
  # The sanitizers see the same code in the others; what these wait for is other programs.
  [ "$1" != dev ] || run_as_root "$1" foreign || outcome=1
  return $outcome
}

# The official SDK of the Azure resource against the daemon.
test_sdk() {
  say "== sdk"
  { configure dev -DJITGATE_SDK_TESTS=ON && compile dev --target sdk_tests; } || { count "sdk build" 0 1; return; }
  run_as_root dev sdk
}

# The packages on machines with a real systemd.
test_system() {
  say "== system"
  local log outcome=0
  log=$(mktemp)
  as_root tests/system/run </dev/null 2>&1 | tee "$log" || outcome=1
  local result
  result=$(sed -n 's/^\([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$log" | tail -n 1)
  rm -f "$log"
  # shellcheck disable=SC2086
  count system ${result:-0 1} || outcome=1
  return $outcome
}

# The Windows programs, and their tests under Wine, in a prefix of their own.
test_windows() {
  say "== windows"
  build windows || { count "windows build" 0 1; return; }
  local outcome=0
  run_ctest windows unit || outcome=1
  run_ctest windows windows || outcome=1
  test_windows_script service || outcome=1
  test_windows_script installer || outcome=1
  return $outcome
}

# The service, and its installer, from installation to removal, under Wine's service manager.
test_windows_script() {  # FOLDER
  local log good bad
  log=$(mktemp)
  "tests/windows/$1/run" build/windows </dev/null 2>&1 | tee "$log"
  good=$(grep -c '^ok: ' "$log")
  bad=$(grep -c '^FAILED: ' "$log")
  # Without its last line it did not come to its end.
  grep -q '^[0-9]* failed$' "$log" || bad=$((bad + 1))
  rm -f "$log"
  count "windows $1" "$good" "$bad"
}

# Runs every libFuzzer target for so many seconds, as many at a time as there are processors.
fuzz() {  # SECONDS
  say "== fuzz, $1 s each"
  local compiler target
  compiler=$(clang_compiler) || { say "clang 15 or later is missing"; count "fuzz build" 0 1; return; }
  { configure fuzz "-DCMAKE_CXX_COMPILER=$compiler" && compile fuzz --target fuzzers; } || { count "fuzz build" 0 1; return; }
  mapfile -t targets < <(find build/fuzz/tests/fuzz -maxdepth 1 -type f -executable | sort)
  [ ${#targets[@]} -gt 0 ] || { count fuzz 0 1; return; }
  local good=0 bad=0 results
  results=$(mktemp -d)
  printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I{} scripts/fuzz-one {} "$1" "$results"
  for target in "${targets[@]}"; do
    if [ -e "$results/$(basename "$target").passed" ]; then good=$((good + 1)); else bad=$((bad + 1)); fi
  done
  rm -rf "$results"
  count fuzz "$good" "$bad"
}

source_files() { find agent platform cli tests bench cmake -name '*.[ch]pp' | sort; }

# Every version formats a little differently; this is the one that the sources were formatted with.
check_format() {
  say "== clang-format"
  local unformatted
  command -v clang-format-14 >/dev/null || { say "not checked: there is no clang-format-14 here"; return; }
  unformatted=$(source_files | xargs clang-format-14 --dry-run 2>&1 | sed -n 's/^\([^:]*\):.*clang-format-violations.*/\1/p' | sort -u)
  [ -z "$unformatted" ] || say "not formatted: $unformatted"
  count clang-format $(($(source_files | wc -l) - $(wc -w <<<"$unformatted"))) "$(wc -w <<<"$unformatted")"
}

lint() {
  say "== clang-tidy"
  build dev || { count "dev build" 0 1; return; }
  # The database holds gcc's command lines; clang knows other warnings.
  local files good bad results
  files=$(source_files | grep '\.cpp$')
  results=$(mktemp)
  xargs -P "$(nproc)" -I{} sh -c 'clang-tidy -p build/dev --quiet --extra-arg=-Wno-unknown-warning-option "$1" 2>/dev/null || echo "$1" >>"$2"' \
    lint {} "$results" <<<"$files"
  bad=$(wc -l <"$results")
  good=$(($(wc -l <<<"$files") - bad))
  rm -f "$results"
  count clang-tidy "$good" "$bad"
}

# The last line says it all.
summary() {
  say ""
  printf '%s\n' "${lines[@]}"
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}
