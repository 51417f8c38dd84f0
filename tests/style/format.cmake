# Fails when a C++ file is not as .clang-format wants it, and names the file.
file(GLOB_RECURSE files RELATIVE ${CMAKE_CURRENT_LIST_DIR}/../.. ${CMAKE_CURRENT_LIST_DIR}/../../app/*.cpp
     ${CMAKE_CURRENT_LIST_DIR}/../../app/*.h ${CMAKE_CURRENT_LIST_DIR}/../../core/*.cpp
     ${CMAKE_CURRENT_LIST_DIR}/../../core/*.h ${CMAKE_CURRENT_LIST_DIR}/../../net/*.cpp
     ${CMAKE_CURRENT_LIST_DIR}/../../net/*.h ${CMAKE_CURRENT_LIST_DIR}/../../qml/*.cpp
     ${CMAKE_CURRENT_LIST_DIR}/../../qml/*.h ${CMAKE_CURRENT_LIST_DIR}/../../tests/*.cpp
     ${CMAKE_CURRENT_LIST_DIR}/../../tests/*.h)
execute_process(COMMAND ${CLANG_FORMAT} --dry-run --Werror ${files} WORKING_DIRECTORY ${CMAKE_CURRENT_LIST_DIR}/../..
                RESULT_VARIABLE status ERROR_VARIABLE output)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "Run clang-format -i on the files named here:\n${output}")
endif()
