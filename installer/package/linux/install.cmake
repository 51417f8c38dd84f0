# Desktop entry, AppStream metadata, icon, manual pages, completions, copyright and the guest kernel.
set(here ${CMAKE_CURRENT_LIST_DIR})
set(made ${CMAKE_CURRENT_BINARY_DIR}/made)
set(doc ${CMAKE_INSTALL_DOCDIR})

install(FILES ${here}/org.boxgate.Boxgate.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
install(FILES ${here}/org.boxgate.Boxgate.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
install(FILES ${here}/org.boxgate.Boxgate.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
install(FILES ${here}/copyright DESTINATION ${doc})

# The CLI writes its own documentation.
find_program(GZIP_PROGRAM gzip REQUIRED)
add_custom_command(
    OUTPUT ${made}/stamp
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${made}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${made}
    COMMAND boxgate __manpages ${made}/man1
    COMMAND sh -c "exec \"$1\" -9n \"$2\"/*.1" sh ${GZIP_PROGRAM} ${made}/man1
    COMMAND boxgate completion bash > ${made}/boxgate
    COMMAND boxgate completion zsh > ${made}/_boxgate
    COMMAND boxgate completion fish > ${made}/boxgate.fish
    COMMAND ${GZIP_PROGRAM} -9nc ${here}/changelog > ${made}/changelog.gz
    COMMAND ${CMAKE_COMMAND} -E touch ${made}/stamp
    DEPENDS boxgate ${here}/changelog
    COMMENT "Writing manual pages and completions"
    VERBATIM)
add_custom_target(boxgate_documentation ALL DEPENDS ${made}/stamp)
install(DIRECTORY ${made}/man1 DESTINATION ${CMAKE_INSTALL_MANDIR})
install(FILES ${made}/boxgate DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${made}/_boxgate DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${made}/boxgate.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${made}/changelog.gz DESTINATION ${doc})

if(BOXGATE_PACKAGE_KERNEL)
    get_filename_component(hash ${BOXGATE_PACKAGE_KERNEL} NAME)
    set(kernels ${CMAKE_INSTALL_DATADIR}/boxgate/kernels)
    string(REPLACE aarch64 arm64 arch ${CMAKE_SYSTEM_PROCESSOR})
    install(DIRECTORY ${BOXGATE_PACKAGE_KERNEL} DESTINATION ${kernels}
        FILE_PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
    install(CODE "file(CREATE_LINK ${hash} \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${kernels}/current-${arch}\" SYMBOLIC)")
endif()
