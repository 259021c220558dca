# Compiles through ccache when it is installed. Paths are made relative to the source tree, so that
# several checkouts on one machine share what they have compiled.
find_program(KERA_CCACHE ccache)
if(KERA_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${KERA_CCACHE})
endif()
