# docs/guide.md, literally.

# newest_id: of what waits for approval, else of what was granted.
newest_id() {
  local id
  id=$(in_machine server jitgate requests --json | grep -o '"id":"[^"]*"' | head -n 1 | cut -d'"' -f4)
  [ -n "$id" ] || id=$(in_machine server jitgate grants --json | grep -o '"id":"[^"]*"' | tail -n 1 | cut -d'"' -f4)
  echo "$id"
}

as_user() { in_machine server runuser -u "$1" -- env "SSH_CONNECTION=$client 50000 $server 22" sh -c "cd && $2"; }

on_laptop() {  # ssh alice@server COMMAND
  local words
  read -r -a words <<<"$1"
  login "$client" "${words[@]:2}"
}

# run_line LINE: its prompt says where.
run_line() {
  local line=$1 wanted=0 status=0
  case $line in
    *'   # exits with 0 or 1') wanted='0 1' ;;
    *'   # exits with '*) wanted=${line##* } ;;
  esac
  line=${line%%   # exits with *}
  # shellcheck disable=SC2076
  if [[ " $line " =~ ' ID ' ]]; then line=${line/ ID/ $(newest_id)}; fi
  case $line in
    '# '*) in_machine server sh -c "cd && ${line#\# }" ;;
    'laptop$ '*) on_laptop "${line#laptop\$ }" ;;
    'bob$ '*) as_user bob "${line#bob\$ }" ;;
    '$ '*) as_user alice "${line#\$ }" ;;
  esac >"$work/output" 2>&1 || status=$?
  # shellcheck disable=SC2076
  [[ " $wanted " =~ " $status " ]] || fail "$line: exit status $status: $(tail -n 5 "$work/output")"
  say_that "$line"
}

scenario_guide() {
  new_server
  in_machine server useradd -m bob
  put "/root/jitgate_0.1.0_amd64.deb" <"$package"
  session_begin old "$client"
  local line kind='' target='' number=0
  while IFS= read -r line <&3; do
    case $kind:$line in
      :'```console') kind=console ;;
      :'```yaml') kind=yaml target= ;;
      *:'```')
        if [ "$kind" = yaml ]; then put "$target" <"$work/file"; fi
        kind=
        ;;
      console:*) run_line "$line"; number=$((number + 1)) ;;
      yaml:'# /'*) target=${line#\# }; : >"$work/file" ;;
      yaml:*) printf '%s\n' "$line" >>"$work/file" ;;
    esac
  done 3<"$here/../../docs/guide.md"
  expect "the session from before all of it is alive" session_alive old
  [ "$number" -gt 40 ] || fail "the guide has only $number commands"
}
