package io.kera.bench;

import io.kera.bench.load.Workload;
import io.kera.client.KeraClient;
import io.kera.client.KeraException;
import io.kera.node.CoreLog;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Deletes the streams of a load on somebody's node when the process ends before the load does, by Ctrl-C. One thread
 * opens and closes it; the deleting is done by a hook, over a session of its own.
 */
final class StreamsAtExit implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final @Nullable Thread hook;

    private StreamsAtExit(@Nullable Thread hook) {
        this.hook = hook;
    }

    /** An embedded node ends with the process, and its streams with it. */
    static StreamsAtExit of(TargetNode node, Workload workload) {
        if (node.isEmbedded()) {
            return new StreamsAtExit(null);
        }
        final Thread hook = new Thread(() -> delete(node.uri(), workload), "bench-streams-end");
        Runtime.getRuntime().addShutdownHook(hook);
        return new StreamsAtExit(hook);
    }

    /** The load has ended, and has deleted them itself. */
    void forget() {
        try {
            if (hook != null) {
                Runtime.getRuntime().removeShutdownHook(hook);
            }
        } catch (IllegalStateException e) {
            // The process ends already, and the hook finds nothing left.
            return;
        }
    }

    @Override
    public void close() {
        forget();
    }

    private static void delete(String uri, Workload workload) {
        // That the streams go is what the load would complain about.
        CoreLog.NOTHING.choose();
        try (KeraClient client = KeraClient.builder()
                .uri(uri)
                .clientName("kera-bench")
                .callTimeout(PATIENCE)
                .connectTimeout(PATIENCE)
                .connect()) {
            for (int i = 0; i < workload.streams(); i++) {
                client.admin().deleteStream(workload.streamName(i));
            }
        } catch (KeraException e) {
            System.err.println("kera bench: uri=" + uri + " stream=" + workload.streamName(0) + "... not deleted: "
                    + e.getMessage() + "; 'kera stream delete' does it");
        }
    }
}
