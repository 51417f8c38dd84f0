set(control ${CMAKE_SOURCE_DIR}/core/control)
set(base ${CMAKE_SOURCE_DIR}/core/base)
set(model ${CMAKE_SOURCE_DIR}/core/model)
boxgate_fuzz(fuzz_controlframe
    SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_controlframe.cpp ${control}/controlframe.cpp
    LIBS Qt6::Core)
boxgate_fuzz(fuzz_controlmessages
    SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_controlmessages.cpp ${control}/controlmessages.cpp ${control}/controlparams.cpp
        ${base}/error.cpp ${base}/jsonreader.cpp
        ${model}/boxstate.cpp ${model}/dnszone.cpp ${model}/netsample.cpp ${model}/networkspec.cpp ${model}/portmapping.cpp
        ${CMAKE_SOURCE_DIR}/net/policy/allowrule.cpp ${CMAKE_SOURCE_DIR}/net/wire/address.cpp
    LIBS Qt6::Core)
boxgate_fuzz(fuzz_netreport
    SOURCES ${CMAKE_SOURCE_DIR}/tests/fuzz/fuzz_netreport.cpp ${control}/controlreports.cpp
        ${base}/error.cpp ${base}/jsonreader.cpp
        ${model}/netreport.cpp ${model}/netreportfields.cpp ${model}/netreportjson.cpp ${model}/portmapping.cpp
    LIBS Qt6::Core)
