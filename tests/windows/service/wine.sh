# A Windows of its own for one script, with the model of WFP in the place of Windows' own, and checks that print one line each.
# Sourced by the scripts here and by tests/windows/installer/run, with $build: the folder of the preset `windows`. Effects are
# looked at, not exit statuses, of which Wine keeps eight bits. $KEEP set: the scratch directory stays.
set -u
scratch=$(mktemp -d /tmp/jitgate-wine.XXXXXX)
export WINEPREFIX=$scratch/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' HOME=$scratch
unset DISPLAY
wine=$(command -v wine64 || echo /usr/lib/wine/wine64)
wineserver=$(command -v wineserver || echo /usr/lib/wine/wineserver)
failed=0
data=$WINEPREFIX/drive_c/ProgramData/jitgate
log=$data/state/log/jitgated.log
tools=$WINEPREFIX/drive_c/tools

finish() {
  [ -n "${holder:-}" ] && kill "$holder" 2>/dev/null
  "$wineserver" -k 2>/dev/null
  if [ -n "${KEEP:-}" ]; then echo "kept: $scratch"; else rm -rf "$scratch"; fi
  exit "$failed"
}
trap finish EXIT

run() { timeout 120 "$wine" "$@" 2>>"$scratch/errors" </dev/null | tr -d '\r'; }
jitgated() { run "$programs\\jitgated.exe" "$@"; }
jitgate() { run "$programs\\jitgate.exe" "$@"; }
knock() { run 'C:\tools\knock.exe' "$@"; }
state() { run sc query jitgate | sed -n 's/^ *STATE *: *[0-9]* *\([A-Z_]*\).*/\1/p'; }
brief() { jitgate status --brief; }

check() {  # WHAT EXPECTED ACTUAL
  if [ "$2" = "$3" ]; then
    echo "ok: $1"
  else
    echo "FAILED: $1: expected \"$2\", got \"$3\""
    failed=$((failed + 1))
  fi
}

# Repeats a command until it prints what is expected, for a minute.
eventually() {  # WHAT EXPECTED COMMAND...
  local what=$1 expected=$2 got= last=$((SECONDS + 60))
  shift 2
  while [ $SECONDS -lt $last ]; do
    got=$("$@")
    [ "$got" = "$expected" ] && break
    sleep 0.2
  done
  check "$what" "$expected" "$got"
}

cat_line() { tr -d '\r' <"$1"; }

# The system, what it has to be told, and the tools; no program of ours yet. $programs: the folder that they will be in.
make_windows() {  # PROGRAMS
  programs=$1
  "$wine" wineboot --init </dev/null >>"$scratch/errors" 2>&1
  mkdir -p "$tools"
  cp "$build/tests/windows/"{control,knock,service_scenarios,squat}.exe "$tools/" || exit 1
  # For every program, wherever it is.
  cp "$build/tests/windows/fwpuclnt.dll" "$WINEPREFIX/drive_c/windows/system32/" || exit 1
  # The service manager takes its services' environment, and which libraries are native, from here.
  local environment='HKLM\System\CurrentControlSet\Control\Session Manager\Environment'
  run reg add "$environment" /v JITGATE_WFP_MODEL /d 'C:\tools\wfp.state' /f >/dev/null
  run reg add 'HKCU\Software\Wine\DllOverrides' /v fwpuclnt /d native /f >/dev/null
  # Wine has no Base Filtering Engine to depend on; a service that is there and need not run stands for it.
  run sc create BFE binPath= 'C:\windows\system32\svchost.exe -k netsvcs' start= demand >/dev/null
  "$wineserver" -k -w
  export JITGATE_WFP_MODEL='C:\tools\wfp.state'
  # Services end with the last program of a user: this one stays.
  mkfifo "$scratch/hold"
  "$wine" cmd /c 'set /p x=' <>"$scratch/hold" >/dev/null 2>&1 &
  holder=$!
}

# One port, for clients of one network.
write_configuration() {
  mkdir -p "$data"
  cat >"$data/jitgate.yaml" <<'Y'
version: 1
host: {id: wine}
policy:
  ports:
    - {number: 3389, protocol: TCP, allowedSourceAddressPrefix: "192.0.2.0/24", maxRequestAccessDuration: PT3H}
Y
}

request() { jitgate request --port 3389 --source 192.0.2.7 --duration 1h | sed -n 's/^\(open\):.*/\1/p'; }
grants() { jitgate --json grants | grep -o '"status":"Initiated"' | wc -l; }
