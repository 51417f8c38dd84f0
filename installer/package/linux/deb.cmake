# The Debian package. Libraries are found by dpkg-shlibdeps; QML modules and QEMU are not linked, so they come from the
# group "run" of installer/packages-debian.txt, the list that installer/dev reads.
file(STRINGS ${CMAKE_SOURCE_DIR}/installer/packages-debian.txt lines REGEX "^[^#].* run$")
list(TRANSFORM lines REPLACE " run$" "")
list(JOIN lines ", " run_packages)
if(NOT run_packages)
    message(FATAL_ERROR "installer/packages-debian.txt lists no packages of the group run")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/installer/packages-debian.txt)

set(CPACK_GENERATOR DEB)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "${run_packages}")
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
