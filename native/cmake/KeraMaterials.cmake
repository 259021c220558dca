# libkera.cdx.json, beside libkera.so: what is in it of others, as a CycloneDX bill of materials, with the versions of this
# machine. kera-dist puts it into the bill of the distribution. Versions are those of Debian's packages; elsewhere, those
# that the compiler and pkg-config state.
function(kera_material name file version)
    set(found "")
    set(purl "pkg:generic/${name}@${version}")
    find_program(KERA_DPKG_QUERY dpkg-query)
    if(KERA_DPKG_QUERY)
        file(REAL_PATH "${file}" file)
        execute_process(COMMAND ${KERA_DPKG_QUERY} -S ${file} OUTPUT_VARIABLE owner ERROR_QUIET)
        string(REGEX MATCH "^[^:, ]+" package "${owner}")
        if(package)
            execute_process(COMMAND ${KERA_DPKG_QUERY} -W -f "\${Version};\${Architecture};" ${package}
                OUTPUT_VARIABLE found ERROR_QUIET)
        endif()
        if(found)
            list(GET found 0 version)
            list(GET found 1 architecture)
            set(purl "pkg:deb/debian/${package}@${version}?arch=${architecture}")
        endif()
    endif()
    string(REPLACE "+" "%2B" purl "${purl}")
    set(kera_${name}_version "${version}" PARENT_SCOPE)
    set(kera_${name}_purl "${purl}" PARENT_SCOPE)
endfunction()

function(kera_compilers_file name out)
    execute_process(COMMAND ${CMAKE_CXX_COMPILER} -print-file-name=${name}
        OUTPUT_VARIABLE file OUTPUT_STRIP_TRAILING_WHITESPACE)
    set(${out} ${file} PARENT_SCOPE)
endfunction()

kera_compilers_file(libstdc++.a kera_stdcxx_file)
kera_compilers_file(libgcc.a kera_gcc_file)
kera_compilers_file(libc.so kera_c_file)
pkg_get_variable(kera_isal_folder libisal pcfiledir)
execute_process(COMMAND getconf GNU_LIBC_VERSION OUTPUT_VARIABLE kera_libc ERROR_QUIET)
string(REGEX MATCH "[0-9.]+" kera_libc "${kera_libc}")

kera_material(stdcxx "${kera_stdcxx_file}" ${CMAKE_CXX_COMPILER_VERSION})
kera_material(gcc "${kera_gcc_file}" ${CMAKE_CXX_COMPILER_VERSION})
kera_material(c "${kera_c_file}" "${kera_libc}")
kera_material(isal "${kera_isal_folder}/libisal.pc" ${isal_VERSION})
string(REGEX MATCH "/sbe-tool-([^/:]+)\\.jar" kera_sbe_jar "${kera_sbe_classpath}")
set(kera_sbe_version ${CMAKE_MATCH_1})

configure_file(${CMAKE_CURRENT_LIST_DIR}/libkera.cdx.json.in ${CMAKE_LIBRARY_OUTPUT_DIRECTORY}/libkera.cdx.json @ONLY)
