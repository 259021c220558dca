# kera-keeper, the small C program that holds a node's memory, as bytes within the room that starts it: a library
# has no place of its own where a program could be found.
#
#   kera_keeper_program(kera_keeper)
function(kera_keeper_program library)
    set(program kera_keeper_process)
    set(bytes ${CMAKE_CURRENT_BINARY_DIR}/generated/kera_keeper_program.cpp)
    add_executable(${program} ${CMAKE_CURRENT_SOURCE_DIR}/src/keeper/keeper_process.c)
    target_compile_options(${program} PRIVATE -Os -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion
        -fno-sanitize=all)
    target_link_options(${program} PRIVATE -s -fno-sanitize=all)
    add_custom_command(OUTPUT ${bytes}
        COMMAND ${CMAKE_COMMAND} -DPROGRAM=$<TARGET_FILE:${program}> -DBYTES=${bytes}
            -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_keeper.cmake
        DEPENDS ${program} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/embed_keeper.cmake VERBATIM)
    target_sources(${library} PRIVATE ${bytes})
endfunction()
