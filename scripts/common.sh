# Shared by the scripts of this repository; sourced, not run.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

# as_root COMMAND...: runs it as root, through sudo where we are not.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "this needs root: $* (run it as root, or install sudo)"
  fi
}

# clang_compiler: the name of the newest clang++ that is at least version 15 (the first with complete C++20 coroutines).
clang_compiler() {
  local name
  for name in clang++ $(compgen -c clang++- | grep -xE 'clang\+\+-[0-9]+' | sort -rVu); do
    command -v "$name" >/dev/null || continue
    [ "$("$name" -dumpversion | cut -d. -f1)" -ge 15 ] && { echo "$name"; return; }
  done
  return 1
}
