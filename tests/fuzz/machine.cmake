boxgate_fuzz(fuzz_qmpreader
    SOURCES fuzz_qmpreader.cpp ${CMAKE_SOURCE_DIR}/core/machine/qmpreader.cpp
    LIBS Qt6::Core)
boxgate_fuzz(fuzz_gueststream
    SOURCES
        fuzz_gueststream.cpp
        ${CMAKE_SOURCE_DIR}/core/guest/gueststream.cpp
        ${CMAKE_SOURCE_DIR}/core/guest/protocol/agentmessages.cpp
        ${CMAKE_SOURCE_DIR}/core/guest/protocol/frame.cpp
        ${CMAKE_SOURCE_DIR}/core/guest/protocol/hostmessages.cpp
        ${CMAKE_SOURCE_DIR}/core/guest/protocol/wire.cpp)
