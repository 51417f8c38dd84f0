# The installer for Windows. Configured, never built: neither the platform files nor a Windows machine are here yet.
if(WIN32)
    set(CPACK_GENERATOR NSIS)
    set(CPACK_PACKAGE_INSTALL_DIRECTORY Boxgate)
    set(CPACK_NSIS_DISPLAY_NAME Boxgate)
    set(CPACK_NSIS_MODIFY_PATH ON)
    set(CPACK_NSIS_ENABLE_UNINSTALL_BEFORE_INSTALL ON)
endif()
