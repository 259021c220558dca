# `kera_jni_headers`: jni.h of the JDK whose javac is on the PATH (or under JAVA_HOME). Only headers: the virtual
# machine that loads libkera brings the rest.
find_program(KERA_JAVAC javac HINTS ENV JAVA_HOME PATH_SUFFIXES bin REQUIRED)
file(REAL_PATH ${KERA_JAVAC} kera_javac)
cmake_path(GET kera_javac PARENT_PATH kera_jdk)
cmake_path(GET kera_jdk PARENT_PATH kera_jdk)
find_path(KERA_JNI_INCLUDE jni.h HINTS ${kera_jdk}/include REQUIRED)
find_path(KERA_JNI_MACHINE_INCLUDE jni_md.h HINTS ${KERA_JNI_INCLUDE}/linux REQUIRED)
add_library(kera_jni_headers INTERFACE)
target_include_directories(kera_jni_headers SYSTEM INTERFACE ${KERA_JNI_INCLUDE} ${KERA_JNI_MACHINE_INCLUDE})
