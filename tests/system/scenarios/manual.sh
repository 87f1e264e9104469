# Manual and completions as the package has them.

scenario_manual() {
  dpkg-deb -x "$package" "$work/files"
  local shared=$work/files/usr/share page
  for page in man1/jitgate.1 man8/jitgated.8 man5/jitgate.yaml.5; do
    gunzip -k "$shared/man/$page.gz"
    expect "${page#*/}: mandoc has nothing to say" test -z "$(mandoc -Tlint -W warning "$shared/man/$page" 2>&1)"
  done
  expect "jitgated(8) has every option" options_are_documented
  expect "bash takes its completion" bash -n "$shared/bash-completion/completions/jitgate"
  expect "zsh takes its completion" zsh -n "$shared/zsh/vendor-completions/_jitgate"
  expect "fish takes its completion" fish -n "$shared/fish/vendor_completions.d/jitgate.fish"
  expect "bash completes a command" test "$(in_bash jitgate po)" = policy
  expect "and what stands below it" test "$(in_bash jitgate policy s)" = "show set"
  expect "and the values of an option" test "$(in_bash jitgate audit --format '')" = "table csv json jsonl"
  expect "and options" test "$(in_bash jitgate --json request --so)" = "--source --socket"
  expect "fish completes a command" grep -q ^policy <(in_fish 'jitgate po')
  expect "and the values of an option" grep -q ^jsonl <(in_fish 'jitgate audit --format ')
}
options_are_documented() {
  local option
  for option in $("$work/files/usr/sbin/jitgated" --help | grep -oE -- '--[a-z-]+' | sort -u); do
    grep -qF -- "\\${option#-}" "$work/files/usr/share/man/man8/jitgated.8" || { echo "$option"; return 1; }
  done
}
in_bash() {
  bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _jitgate; echo "${COMPREPLY[*]}"' \
    "$work/files/usr/share/bash-completion/completions/jitgate" "$@"
}
in_fish() { fish --no-config -c "source $work/files/usr/share/fish/vendor_completions.d/jitgate.fish; complete -C '$1'"; }
