# Compiles through ccache when it is installed. Paths are made relative to the source tree, so that
# several checkouts on one machine share what they have compiled.
find_program(KERA_CCACHE ccache)
if(KERA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${KERA_CCACHE})
    file(RELATIVE_PATH kera_sources ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
else()
    set(kera_sources ${CMAKE_SOURCE_DIR})
endif()
# With it or without, what is handed out does not know where its sources lie: the same sources make
# the same bytes. Debuggers and the coverage need the real paths.
add_compile_options("$<$<CONFIG:Release>:-ffile-prefix-map=${kera_sources}/=>")
