# Generates the C++ codecs from sbe-schemas/*.xml at build time. `kera_codecs` carries the include path
# (as system headers: generated code is not held to our warnings). Nothing generated is committed.
find_package(Java 17 REQUIRED COMPONENTS Runtime)

# The pinned tool is resolved by Maven once per checkout, and shared by all presets.
function(kera_resolve_sbe_tool out_classpath)
    set(pom ${CMAKE_SOURCE_DIR}/sbe-schemas/pom.xml)
    set(stamp ${CMAKE_SOURCE_DIR}/build/sbe-tool.classpath)
    file(MAKE_DIRECTORY ${CMAKE_SOURCE_DIR}/build)
    file(LOCK ${stamp}.lock GUARD FUNCTION TIMEOUT 300)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pom})
    set(usable FALSE)
    if(EXISTS ${stamp} AND NOT ${pom} IS_NEWER_THAN ${stamp})
        file(READ ${stamp} classpath)
        string(REPLACE ":" ";" jars "${classpath}")
        set(usable TRUE)
        foreach(jar IN LISTS jars)
            if(NOT EXISTS ${jar})
                set(usable FALSE)
            endif()
        endforeach()
    endif()
    if(NOT usable)
        find_program(KERA_MVN mvn REQUIRED)
        message(STATUS "Resolving the SBE tool with Maven")
        execute_process(
            COMMAND ${KERA_MVN} -q -B -f ${pom} dependency:build-classpath -Dmdep.outputFile=${stamp}
            RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE said)
        if(failed)
            file(REMOVE ${stamp})
            message(FATAL_ERROR "Maven could not resolve the SBE tool of ${pom}:\n${said}")
        endif()
        file(READ ${stamp} classpath)
    endif()
    set(${out_classpath} ${classpath} PARENT_SCOPE)
endfunction()

add_library(kera_codecs INTERFACE)
set(kera_generated_dir ${CMAKE_BINARY_DIR}/generated)
file(MAKE_DIRECTORY ${kera_generated_dir})
target_include_directories(kera_codecs SYSTEM INTERFACE ${kera_generated_dir})

file(GLOB kera_schema_files CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/sbe-schemas/*.xml)
list(FILTER kera_schema_files EXCLUDE REGEX "/pom\\.xml$")
set(kera_codec_stamps)
if(kera_schema_files)
    kera_resolve_sbe_tool(kera_sbe_classpath)
endif()
foreach(schema IN LISTS kera_schema_files)
    # A file without a messageSchema of its own is a fragment that others include.
    file(STRINGS ${schema} package_line REGEX "package=\"[^\"]+\"" LIMIT_COUNT 1)
    if(NOT package_line)
        continue()
    endif()
    string(REGEX REPLACE ".*package=\"([^\"]+)\".*" "\\1" package "${package_line}")
    string(REPLACE "." "_" folder "${package}")
    set(stamp ${kera_generated_dir}/${folder}.stamp)
    add_custom_command(
        OUTPUT ${stamp}
        COMMAND ${CMAKE_COMMAND} -E rm -rf ${kera_generated_dir}/${folder}
        COMMAND ${Java_JAVA_EXECUTABLE} -XX:+UseSerialGC -XX:TieredStopAtLevel=1
                --add-opens java.base/jdk.internal.misc=ALL-UNNAMED
                -Dsbe.target.language=Cpp -Dsbe.output.dir=${kera_generated_dir} -Dsbe.xinclude.aware=true
                -Dsbe.validation.stop.on.error=true -Dsbe.validation.warnings.fatal=true
                -cp ${kera_sbe_classpath} uk.co.real_logic.sbe.SbeTool ${schema}
        COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
        DEPENDS ${kera_schema_files} ${CMAKE_SOURCE_DIR}/sbe-schemas/pom.xml
        COMMENT "Generating ${folder} from ${schema}"
        VERBATIM)
    list(APPEND kera_codec_stamps ${stamp})
endforeach()
add_custom_target(kera_codecs_generate ALL DEPENDS ${kera_codec_stamps})
add_dependencies(kera_codecs kera_codecs_generate)
