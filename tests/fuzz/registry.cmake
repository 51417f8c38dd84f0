set(registry ${CMAKE_SOURCE_DIR}/core/image/registry)
set(base ${CMAKE_SOURCE_DIR}/core/base)

boxgate_fuzz(fuzz_authchallenge SOURCES fuzz_authchallenge.cpp ${registry}/authchallenge.cpp LIBS Qt6::Core)
boxgate_fuzz(fuzz_registryjson SOURCES fuzz_registryjson.cpp ${registry}/dockerconfig.cpp
    ${registry}/manifestkind.cpp ${registry}/registryanswers.cpp ${registry}/registrysettings.cpp
    ${registry}/retrypolicy.cpp ${CMAKE_SOURCE_DIR}/core/image/digest.cpp ${CMAKE_SOURCE_DIR}/core/image/looseobject.cpp
    ${CMAKE_SOURCE_DIR}/core/image/manifest.cpp ${CMAKE_SOURCE_DIR}/core/model/imageref.cpp
    ${base}/error.cpp ${base}/jsonreader.cpp LIBS Qt6::Core)
