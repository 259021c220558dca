package io.kera.bench;

import io.kera.bench.load.Workload;
import io.kera.client.KeraClient;
import io.kera.client.errors.KeraException;
import io.kera.node.log.CoreLog;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Deletes the streams of a load on somebody's node when the process ends before the load does, by Ctrl-C. One thread
 * opens and closes it; the deleting is done by a hook, over a session of its own.
 */
final class StreamsAtExit implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final @Nullable ExitHook hook;

    private StreamsAtExit(@Nullable ExitHook hook) {
        this.hook = hook;
    }

    /** An embedded node ends with the process, and its streams with it. */
    static StreamsAtExit of(TargetNode node, Workload workload) {
        if (node.isEmbedded()) {
            return new StreamsAtExit(null);
        }
        return new StreamsAtExit(ExitHook.of("bench-streams-end", () -> delete(node.uri(), workload)));
    }

    /** The load has ended, and has deleted them itself. */
    void forget() {
        if (hook != null) {
            hook.forget();
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
