set(net ${CMAKE_SOURCE_DIR}/net)

# The engine without its thread, whatever it consists of.
file(GLOB engine CONFIGURE_DEPENDS
    ${net}/capture/*.cpp ${net}/flow/*.cpp ${net}/forward/*.cpp ${net}/inspect/*.cpp ${net}/policy/*.cpp
    ${net}/services/*.cpp ${net}/slirp/*.cpp ${net}/transport/*.cpp ${net}/wire/*.cpp)
boxgate_fuzz(fuzz_frameswitch
    SOURCES fuzz_frameswitch.cpp switchworld.cpp switchworld.h keptblocks.cpp ${CMAKE_SOURCE_DIR}/tests/net/rawguest.cpp
        ${net}/frameswitch.cpp ${net}/trafficmeter.cpp ${engine}
        ${CMAKE_SOURCE_DIR}/core/base/descriptor_linux.cpp ${CMAKE_SOURCE_DIR}/core/base/error.cpp
    LIBS Qt6::Core PkgConfig::SLIRP PkgConfig::CARES)
set_target_properties(fuzz_frameswitch PROPERTIES AUTOMOC OFF)
