boxgate_test(tst_agentframe SOURCES tst_agentframe.cpp LIBS boxgate_guestprotocol)
boxgate_test(tst_agentmessages SOURCES tst_agentmessages.cpp LIBS boxgate_guestprotocol)
# The agent is a program, not a library: its pure part is compiled into its test.
boxgate_test(tst_accounts SOURCES tst_accounts.cpp ${CMAKE_SOURCE_DIR}/core/guest/agent/accounts.cpp)
