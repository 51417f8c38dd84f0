set(protocol ${CMAKE_SOURCE_DIR}/core/guest/protocol)
boxgate_fuzz(fuzz_agentcodec SOURCES fuzz_agentcodec.cpp ${protocol}/agentmessages.cpp ${protocol}/frame.cpp
    ${protocol}/hostmessages.cpp ${protocol}/wire.cpp)
boxgate_fuzz(fuzz_accounts SOURCES fuzz_accounts.cpp ${CMAKE_SOURCE_DIR}/core/guest/agent/accounts.cpp)
