boxgate_fuzz(fuzz_treeitem SOURCES fuzz_treeitem.cpp ${CMAKE_SOURCE_DIR}/core/tree/treeitem.cpp
    ${CMAKE_SOURCE_DIR}/core/guest/protocol/wire.cpp)
