# The disk image for macOS. Configured, never built: neither the platform files nor a Mac are here yet.
if(APPLE)
    set(CPACK_GENERATOR DragNDrop)
    set(CPACK_DMG_VOLUME_NAME Boxgate)
    set(CPACK_BUNDLE_NAME Boxgate)
endif()
