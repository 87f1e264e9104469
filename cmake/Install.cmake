# What a package holds beside the programs. Directories are relative to the prefix; etc and the systemd units' follow
# CMAKE_INSTALL_PREFIX=/usr.
set(JITGATE_SYSTEMD_UNITS "lib/systemd/system" CACHE STRING "Where systemd looks for units")

install(FILES systemd/jitgated.service systemd/jitgate-lock.service DESTINATION ${JITGATE_SYSTEMD_UNITS})
install(FILES systemd/sysusers.d/jitgate.conf DESTINATION lib/sysusers.d)
install(FILES systemd/tmpfiles.d/jitgate.conf DESTINATION lib/tmpfiles.d)
install(FILES config/jitgate.yaml DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/jitgate)
install(FILES config/examples/ssh.yaml systemd/network.conf packaging/prometheus/jitgate.rules.yml packaging/apparmor/usr.sbin.jitgated
  packaging/oldest-version
  DESTINATION ${CMAKE_INSTALL_DATADIR}/jitgate)
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "openapi.yaml")
