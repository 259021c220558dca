package io.kera.bench.load;

import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;

/**
 * A client process: {@code name=value} arguments are the workload, and {@code engine} (a class with a constructor of a
 * URI and a flag), {@code uri}, {@code server_pid}. Prints a {@link LoadResult}.
 */
public final class LoadMain {
    private LoadMain() {}

    public static void main(String[] arguments) throws Exception {
        final Map<String, String> values = new HashMap<>();
        for (final String argument : arguments) {
            final int equals = argument.indexOf('=');
            values.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        final Workload workload = Workload.parse(values);
        final String engineClass = values.getOrDefault("engine", KeraEngine.class.getName());
        try (Engine engine = open(engineClass, values.getOrDefault("uri", ""), workload.oneThread())) {
            LoadRun.run(engine, workload, Long.parseLong(values.getOrDefault("server_pid", "0")))
                    .toLines()
                    .forEach(System.out::println);
        }
        System.out.flush();
    }

    private static Engine open(String engineClass, String uri, boolean oneThread) throws Exception {
        try {
            return Class.forName(engineClass)
                    .asSubclass(Engine.class)
                    .getConstructor(String.class, boolean.class)
                    .newInstance(uri, oneThread);
        } catch (InvocationTargetException e) {
            // Such as that no node answers there.
            throw e.getCause() instanceof RuntimeException told ? told : e;
        }
    }
}
