set(net ${CMAKE_SOURCE_DIR}/net)

boxgate_fuzz(fuzz_framecodec SOURCES fuzz_framecodec.cpp ${net}/transport/framecodec.cpp)
boxgate_fuzz(fuzz_pcapng SOURCES fuzz_pcapng.cpp ${net}/capture/pcapng.cpp)
boxgate_fuzz(fuzz_dhcp
    SOURCES fuzz_dhcp.cpp ${net}/services/dhcp.cpp ${net}/policy/allowrule.cpp ${net}/wire/address.cpp)
boxgate_fuzz(fuzz_sanitiser
    SOURCES fuzz_sanitiser.cpp ${net}/wire/sanitiser.cpp ${net}/wire/reassembler.cpp ${net}/wire/framebuilder.cpp
        ${net}/wire/checksum.cpp)
boxgate_fuzz(fuzz_segmentmerger
    SOURCES fuzz_segmentmerger.cpp ${net}/wire/segmentmerger.cpp ${net}/wire/sanitiser.cpp ${net}/wire/checksum.cpp)
boxgate_fuzz(fuzz_dnsmessage SOURCES fuzz_dnsmessage.cpp ${net}/services/dnsmessage.cpp ${net}/wire/address.cpp)
boxgate_fuzz(fuzz_allowrule SOURCES fuzz_allowrule.cpp ${net}/policy/allowrule.cpp ${net}/wire/address.cpp)
boxgate_fuzz(fuzz_clienthello SOURCES fuzz_clienthello.cpp ${net}/inspect/clienthello.cpp ${net}/inspect/hostname.cpp)
boxgate_fuzz(fuzz_httphead SOURCES fuzz_httphead.cpp ${net}/inspect/httphead.cpp ${net}/inspect/hostname.cpp)
boxgate_fuzz(fuzz_firstbytes
    SOURCES fuzz_firstbytes.cpp ${net}/inspect/firstbytes.cpp ${net}/inspect/clienthello.cpp
        ${net}/inspect/httphead.cpp ${net}/inspect/hostname.cpp)
