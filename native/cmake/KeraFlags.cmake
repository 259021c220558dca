# One place for compiler flags. `kera_flags` is linked by everything we write, and by nothing we generate.
# No -march: the baseline is the plain architecture; faster paths are chosen at run time.
add_library(kera_flags INTERFACE)
target_compile_options(kera_flags INTERFACE
    -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion
    -Wold-style-cast -Wcast-align -Wcast-qual -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi
    -Wformat=2 -Wimplicit-fallthrough -Wundef -Wvla -Wunused -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(kera_flags INTERFACE -Wduplicated-cond -Wduplicated-branches -Wlogical-op -Wunused-const-variable)
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        # GCC 12 sees overlaps inside std::string, and reads beyond std::vector, that are not there (its bugs 105651, 105329).
        target_compile_options(kera_flags INTERFACE
            -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
    endif()
endif()

# What is handed out does not know in which folder it was compiled: the same sources make the same bytes. Ccache
# gives the compiler relative paths.
file(RELATIVE_PATH kera_to_sources ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR})
add_compile_options(
    "$<$<CONFIG:Release>:-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=>" "$<$<CONFIG:Release>:-ffile-prefix-map=${kera_to_sources}=>")

# `kera_fuzzed`: what libFuzzer is to see the coverage of. Only the fuzz programs get its main.
add_library(kera_fuzzed INTERFACE)
if(KERA_FUZZ)
    target_compile_options(kera_fuzzed INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(KERA_SANITIZE)
    add_compile_options(-fsanitize=${KERA_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${KERA_SANITIZE})
endif()
