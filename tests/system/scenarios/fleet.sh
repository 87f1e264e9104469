# The Ansible role, over SSH.

play() {  # [OPTION...]
  ANSIBLE_HOST_KEY_CHECKING=False ANSIBLE_ROLES_PATH=$here/../../packaging/ansible ANSIBLE_LOCAL_TEMP=$work/ansible HOME=$work \
    ansible-playbook -i "$server," -u root --private-key "$work/key" --ssh-common-args "-F none -b $client -o UserKnownHostsFile=/dev/null" \
    -e "{\"jitgate_package\": \"$package\"}" "$@" "$work/play.yml"
}

scenario_ansible() {
  new_server
  printf '%s\n' '- hosts: all' '  gather_facts: false' '  roles: [jitgate]' >"$work/play.yml"
  expect "the syntax is right" play --syntax-check
  expect_not "without a way back in it is refused" play
  expect "and nothing was installed" in_machine server test ! -e /usr/sbin/jitgated
  expect "with one it locks" play -e "{\"jitgate_always_allow\": [\"$client/32\"]}"
  expect "a stranger is kept out" closed "$stranger"
  expect "the controller comes in" opens "$client"
  expect "the second time" play -e "{\"jitgate_always_allow\": [\"$client/32\"]}"
  expect "nothing is changed" grep -q 'changed=0 ' "$work/output"
}
