package io.kera.bench.load;

import java.lang.reflect.InvocationTargetException;
import java.util.HashMap;
import java.util.Map;

/**
 * A client process: {@code name=value} arguments are the workload, and {@code engine} (a class with a constructor of a
 * URI and a flag), {@code uri}, {@code server_pid}. Prints a {@link LoadResult}.
 */
public final class LoadMain {
    /** What an idle client says when it has begun to be idle. */
    public static final String IDLE = "idle";

    /** As long as an application usually waits for a record before it looks after itself. */
    private static final long IDLE_POLL_NS = 1_000_000_000;

    private LoadMain() {}

    /** A process of its own. */
    public static void main(String[] arguments) {
        try {
            run(arguments);
        } catch (Exception e) {
            e.printStackTrace();
            // A client's own threads may not know that there is nothing more to do.
            System.exit(1);
        }
    }

    /** In this process. */
    public static void run(String[] arguments) throws Exception {
        final Map<String, String> values = new HashMap<>();
        for (final String argument : arguments) {
            final int equals = argument.indexOf('=');
            values.put(argument.substring(0, equals), argument.substring(equals + 1));
        }
        final Workload workload = Workload.parse(values);
        final String engineClass = values.getOrDefault("engine", KeraEngine.class.getName());
        try (Engine engine = open(engineClass, values.getOrDefault("uri", ""), workload.oneThread())) {
            if (workload.kind() == Workload.Kind.IDLE) {
                idle(engine, workload);
                return;
            }
            LoadRun.run(engine, workload, Long.parseLong(values.getOrDefault("server_pid", "0")))
                    .toLines()
                    .forEach(System.out::println);
        }
        System.out.flush();
    }

    /** Sends a record and reads it; then waits for others, which do not come, until this process is ended. */
    private static void idle(Engine engine, Workload workload) {
        engine.createStream(workload.streamName(0), workload.streamlets(), workload.retentionBytes());
        try (Sink sink = engine.sink(workload, new AckTimes());
                Source source = engine.source(workload, 0, 1)) {
            final long nowNs = System.nanoTime();
            sink.send(0, nowNs, nowNs, workload.payload().length(0), false);
            sink.flush();
            boolean hasRead = false;
            while (true) {
                final int records = source.poll((dueNs, sentNs, bytes) -> {}, IDLE_POLL_NS);
                if (records > 0 && !hasRead) {
                    hasRead = true;
                    System.out.println(IDLE);
                    System.out.flush();
                }
            }
        }
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
