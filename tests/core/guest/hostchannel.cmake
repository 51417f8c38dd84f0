boxgate_test(tst_gueststream SOURCES tst_gueststream.cpp LIBS boxgate_guest)
boxgate_test(tst_guestchannel SOURCES tst_guestchannel.cpp scriptedagent.h LIBS boxgate_guest Qt6::Network)
