set(image ${CMAKE_SOURCE_DIR}/core/image)
set(json ${image}/digest.cpp ${image}/imageconfig.cpp ${image}/looseobject.cpp ${image}/manifest.cpp
    ${CMAKE_SOURCE_DIR}/core/base/error.cpp)

boxgate_fuzz(fuzz_imagejson SOURCES fuzz_imagejson.cpp ${json} LIBS Qt6::Core)
boxgate_fuzz(fuzz_imageref SOURCES fuzz_imageref.cpp ${CMAKE_SOURCE_DIR}/core/model/imageref.cpp
    ${CMAKE_SOURCE_DIR}/core/base/error.cpp LIBS Qt6::Core)
boxgate_fuzz(fuzz_layertree SOURCES fuzz_layertree.cpp ${image}/disk/layertree.cpp ${image}/disk/ext4directory.cpp
    ${image}/disk/ext4geometry.cpp ${CMAKE_SOURCE_DIR}/core/base/error.cpp LIBS Qt6::Core)
boxgate_fuzz(fuzz_imagearchive SOURCES fuzz_imagearchive.cpp ${image}/archive/archivereader.cpp
    ${CMAKE_SOURCE_DIR}/core/base/error.cpp LIBS Qt6::Core PkgConfig::ARCHIVE)
boxgate_fuzz(fuzz_layoutnames SOURCES fuzz_layoutnames.cpp ${json} ${image}/archive/dockermanifest.cpp
    ${image}/archive/layoutnames.cpp ${image}/disk/disksync_linux.cpp ${image}/imagehistory.cpp
    ${image}/store/atomicfile.cpp ${image}/store/diskbacking.cpp ${image}/store/storedimage.cpp
    ${CMAKE_SOURCE_DIR}/core/base/bytes.cpp ${CMAKE_SOURCE_DIR}/core/base/paths.cpp
    ${CMAKE_SOURCE_DIR}/core/model/imageref.cpp LIBS Qt6::Core)

# Layers to a disk, whatever the builder consists of.
file(GLOB disk CONFIGURE_DEPENDS ${image}/disk/*.cpp)
boxgate_fuzz(fuzz_rootdisk SOURCES fuzz_rootdisk.cpp ${disk} ${image}/digest.cpp ${image}/sha256.cpp
    ${CMAKE_SOURCE_DIR}/core/base/bytes.cpp ${CMAKE_SOURCE_DIR}/core/base/error.cpp
    LIBS Qt6::Core PkgConfig::ARCHIVE PkgConfig::CRYPTO PkgConfig::EXT2FS PkgConfig::ISAL)
