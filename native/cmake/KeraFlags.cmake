# One place for compiler flags. `kera_flags` is linked by everything we write, and by nothing we generate.
# No -march: the baseline is the plain architecture; faster paths are chosen at run time.
add_library(kera_flags INTERFACE)
target_compile_options(kera_flags INTERFACE
    -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wdouble-promotion
    -Wold-style-cast -Wcast-align -Wcast-qual -Wnon-virtual-dtor -Woverloaded-virtual -Wextra-semi
    -Wformat=2 -Wimplicit-fallthrough -Wundef -Wvla -Wunused -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(kera_flags INTERFACE -Wduplicated-cond -Wduplicated-branches -Wlogical-op)
    if(CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
        # GCC 12 sees overlaps inside std::string, and reads beyond std::vector, that are not there (its bugs 105651, 105329).
        target_compile_options(kera_flags INTERFACE
            -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
    endif()
endif()

if(KERA_FUZZ)
    # Every object is instrumented for coverage; only the fuzz programs get libFuzzer's main.
    add_compile_options(-fsanitize=fuzzer-no-link)
    add_link_options(-fsanitize=fuzzer-no-link)
endif()
if(KERA_SANITIZE)
    add_compile_options(-fsanitize=${KERA_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${KERA_SANITIZE})
endif()
