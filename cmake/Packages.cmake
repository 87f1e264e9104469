# The .rpm: cpack -G RPM. The .deb is made by debian/.
set(CPACK_GENERATOR RPM)
set(CPACK_PACKAGE_NAME jitgate)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR "the jitgate authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Just-in-time access for ports")
set(CPACK_RPM_PACKAGE_DESCRIPTION "jitgate locks the ports of a policy in nftables. Somebody who needs one asks for it, for an\naddress and a time; the daemon opens exactly that source, protocol and port, and closes it\nagain on time, even if it has crashed by then. Connections that are established stay.\nAs installed it protects nothing: jitgate enable does.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_RPM_FILE_NAME RPM-DEFAULT)
set(CPACK_RPM_PACKAGE_LICENSE Apache-2.0)
set(CPACK_RPM_PACKAGE_GROUP System/Base)
set(CPACK_RPM_PACKAGE_REQUIRES "systemd")
set(CPACK_RPM_USER_FILELIST "%config(noreplace) /etc/jitgate/jitgate.yaml")
set(CPACK_RPM_PRE_INSTALL_SCRIPT_FILE ${PROJECT_SOURCE_DIR}/packaging/rpm/pre)
set(CPACK_RPM_POST_INSTALL_SCRIPT_FILE ${PROJECT_SOURCE_DIR}/packaging/rpm/post)
set(CPACK_RPM_PRE_UNINSTALL_SCRIPT_FILE ${PROJECT_SOURCE_DIR}/packaging/rpm/preun)
set(CPACK_RPM_POST_UNINSTALL_SCRIPT_FILE ${PROJECT_SOURCE_DIR}/packaging/rpm/postun)
# The same tree gives the same package.
set(CPACK_RPM_SPEC_MORE_DEFINE "%define _buildhost localhost\n%define use_source_date_epoch_as_buildtime 1\n%define clamp_mtime_to_source_date_epoch 1\n%define _build_id_links none")
# Directories of the system are not ours; those of shells that need not be there are ours, too.
set(CPACK_RPM_EXCLUDE_FROM_AUTO_FILELIST_ADDITION
  /etc /usr/sbin /lib /lib/systemd /lib/systemd/system /usr/lib/systemd /usr/lib/systemd/system /usr/lib/sysusers.d /usr/lib/tmpfiles.d
  /usr/share/man /usr/share/man/man1 /usr/share/man/man5 /usr/share/man/man8 /usr/share/doc
  /usr/share/bash-completion /usr/share/bash-completion/completions)
include(CPack)
