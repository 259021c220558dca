# What a room is to the build: sources beside their tests, and the rooms it may see.
#
#   kera_room(storage DEPENDS memory wire [LIBRARIES PkgConfig::X] [TEST_SHARDS 2])
#   kera_sub_rooms(storage "segment:" "group: segment" "lane: group segment")
#
# The second line is for rooms of more than thirty sources: their folders, and which of them each may see; `.` is the
# room's own folder. Arrows reach on, and native/test/rules holds includes to them. Tests see all of their room.
# In native/src/<room>/, at any depth:
#   x.cpp        goes into the static library kera_<room> (header-only rooms become INTERFACE libraries)
#   x_test.cpp   goes into the one test program <room>_test
#   x_fuzz.cpp   becomes the fuzz program x_fuzz, or a replay of native/fuzz/corpus/x_fuzz without KERA_FUZZ
#   x_main.cpp   becomes the program kera_x
#   testing/     has fixtures; only tests include them
set(KERA_ROOMS "")

function(kera_glob out folder)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS ${folder}/*.cpp)
    set(${out} ${found} PARENT_SCOPE)
endfunction()

# A gtest program is one ctest entry: starting a process per test case costs more than the cases. One that runs long is
# SHARDS entries, so that all processors have something to do until the end; the long ones begin first.
function(kera_test name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "ROOT;SHARDS" "SOURCES;LIBRARIES")
    kera_together(units NAME ${name} ROOT ${arg_ROOT} SIZE ${KERA_TESTS_TOGETHER} SOURCES ${arg_SOURCES})
    add_executable(${name} ${units})
    target_include_directories(${name} PRIVATE ${arg_ROOT})
    target_link_libraries(${name} PRIVATE kera_flags ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
    if(NOT arg_SHARDS)
        set(arg_SHARDS 1)
    endif()
    foreach(shard RANGE 1 ${arg_SHARDS})
        set(entry ${name})
        if(arg_SHARDS GREATER 1)
            set(entry ${name}_${shard})
        endif()
        math(EXPR index "${shard} - 1")
        add_test(NAME ${entry} COMMAND ${name} --gtest_output=xml:${CMAKE_BINARY_DIR}/reports/${entry}.xml)
        set_tests_properties(${entry} PROPERTIES TIMEOUT 600 COST ${arg_SHARDS}
            ENVIRONMENT "GTEST_TOTAL_SHARDS=${arg_SHARDS};GTEST_SHARD_INDEX=${index}")
    endforeach()
endfunction()

# With KERA_FUZZ a libFuzzer program; either way its corpus is replayed as a test.
function(kera_fuzz source)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "LIBRARIES")
    get_filename_component(name ${source} NAME_WE)
    set(corpus ${CMAKE_SOURCE_DIR}/native/fuzz/corpus/${name})
    if(KERA_FUZZ)
        add_executable(${name} ${source})
        target_link_options(${name} PRIVATE -fsanitize=fuzzer)
        add_test(NAME ${name}_replay COMMAND ${name} -runs=0 ${corpus})
    else()
        add_executable(${name} ${source} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../fuzz/replay.cpp)
        add_test(NAME ${name}_replay COMMAND ${name} ${corpus})
    endif()
    target_link_libraries(${name} PRIVATE kera_flags kera_fuzzed ${arg_LIBRARIES})
    set_property(GLOBAL APPEND PROPERTY KERA_FUZZ_PROGRAMS ${name})
endfunction()

function(kera_room room)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TEST_SHARDS" "DEPENDS;LIBRARIES")
    set(folder ${CMAKE_CURRENT_SOURCE_DIR}/src/${room})
    kera_glob(all ${folder})
    set(tests ${all})
    list(FILTER tests INCLUDE REGEX "_test\\.cpp$")
    set(fuzzers ${all})
    list(FILTER fuzzers INCLUDE REGEX "_fuzz\\.cpp$")
    set(mains ${all})
    list(FILTER mains INCLUDE REGEX "_main\\.cpp$")
    set(sources ${all})
    list(FILTER sources EXCLUDE REGEX "_(test|fuzz|main)\\.cpp$")

    set(library kera_${room})
    list(TRANSFORM arg_DEPENDS PREPEND kera_ OUTPUT_VARIABLE neighbours)
    set(reach PUBLIC)
    if(sources)
        kera_together(units NAME ${library} ROOT ${CMAKE_CURRENT_SOURCE_DIR}/src SIZE ${KERA_SOURCES_TOGETHER} SOURCES ${sources})
        add_library(${library} STATIC ${units})
        target_link_libraries(${library} PRIVATE kera_flags kera_fuzzed)
        set_property(GLOBAL APPEND PROPERTY KERA_ARCHIVES ${library})
    else()
        add_library(${library} INTERFACE)
        set(reach INTERFACE)
    endif()
    target_include_directories(${library} ${reach}
        ${CMAKE_CURRENT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR}/include)
    target_link_libraries(${library} ${reach} ${neighbours} ${arg_LIBRARIES})

    if(tests)
        kera_test(${room}_test ROOT ${CMAKE_CURRENT_SOURCE_DIR}/src SHARDS ${arg_TEST_SHARDS}
            SOURCES ${tests} LIBRARIES ${library})
    endif()
    foreach(source IN LISTS fuzzers)
        kera_fuzz(${source} LIBRARIES ${library})
    endforeach()
    foreach(source IN LISTS mains)
        get_filename_component(stem ${source} NAME_WE)
        string(REGEX REPLACE "_main$" "" stem ${stem})
        add_executable(kera_${stem} ${source})
        target_link_libraries(kera_${stem} PRIVATE kera_flags ${library})
    endforeach()
    # The rule test reads this table, so that includes and arrows cannot drift apart.
    list(JOIN arg_DEPENDS " " seen)
    set_property(GLOBAL APPEND PROPERTY KERA_ROOM_TABLE "${room}: ${seen}")
    set_property(GLOBAL APPEND PROPERTY KERA_ROOM_LIBRARIES ${library})
endfunction()

function(kera_sub_rooms room)
    foreach(arrows IN LISTS ARGN)
        set_property(GLOBAL APPEND PROPERTY KERA_ROOM_TABLE "${room}/${arrows}")
    endforeach()
endfunction()
