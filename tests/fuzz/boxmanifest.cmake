set(root ${CMAKE_SOURCE_DIR})
boxgate_fuzz(fuzz_boxmanifest
    SOURCES fuzz_boxmanifest.cpp ${root}/core/client/boxmanifest.cpp
        ${root}/core/image/boximage.cpp ${root}/core/image/imageconfig.cpp ${root}/core/image/looseobject.cpp
        ${root}/core/image/digest.cpp
        ${root}/core/base/bytes.cpp ${root}/core/base/error.cpp ${root}/core/base/jsonreader.cpp
        ${root}/core/model/boxname.cpp ${root}/core/model/boxspec.cpp ${root}/core/model/dnszone.cpp
        ${root}/core/model/imageref.cpp ${root}/core/model/mount.cpp ${root}/core/model/networkspec.cpp
        ${root}/core/model/portmapping.cpp ${root}/net/policy/allowrule.cpp ${root}/net/wire/address.cpp
    LIBS Qt6::Core)
