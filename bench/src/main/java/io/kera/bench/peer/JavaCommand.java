package io.kera.bench.peer;

import io.kera.bench.load.LoadMain;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** How to start another virtual machine of this kind. Any thread. */
public final class JavaCommand {
    private static final int NATIVE_ACCESS_SINCE = 22;

    private JavaCommand() {}

    /** With that class path and those flags, and the properties that say where libkera is. */
    public static List<String> of(String classPath, List<String> flags, String mainClass, List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(flags);
        command.addAll(List.of("--add-opens", "java.base/jdk.internal.misc=ALL-UNNAMED"));
        if (Runtime.version().feature() >= NATIVE_ACCESS_SINCE) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        final String library = System.getProperty("kera.native.path");
        if (library != null) {
            command.add("-Dkera.native.path=" + library);
        }
        command.addAll(List.of("-cp", classPath, mainClass));
        command.addAll(arguments);
        return command;
    }

    /** Of a client process that runs such an engine. */
    public static List<String> client(String classPath, String engine, List<String> flags) {
        final List<String> all = new ArrayList<>(List.of("-Xmx1g"));
        all.addAll(flags);
        return of(classPath, all, LoadMain.class.getName(), List.of("engine=" + engine));
    }

    /** Of this virtual machine; absolute. */
    public static String classPath() {
        return String.join(
                ":",
                Arrays.stream(System.getProperty("java.class.path").split(":"))
                        .filter(entry -> !entry.isEmpty())
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .toList());
    }
}
