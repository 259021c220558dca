package io.kera.client.testing;

import io.kera.ffi.CoreOptions;
import io.kera.ffi.NativeCore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A broker core in this process, reachable over shared memory and TCP. Leaves nothing behind. */
public final class LocalNode implements AutoCloseable {
    private final Path folder;
    private final NativeCore core;

    public LocalNode() {
        this(128L << 20);
    }

    public LocalNode(long arenaBytes) {
        try {
            folder = Files.createTempDirectory("kera-test-");
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        core = NativeCore.open(CoreOptions.builder()
                .arenaBytes(arenaBytes)
                .loadedBytesMax(8L << 20)
                .listen(List.of("tcp:127.0.0.1:0", "shm:" + folder.resolve("node.sock")))
                .build());
        core.start();
    }

    public String uri(String transport) {
        return core.endpoints().stream()
                .filter(endpoint -> endpoint.startsWith(transport + ":"))
                .findFirst()
                .orElseThrow();
    }

    NativeCore core() {
        return core;
    }

    @Override
    public void close() {
        core.close();
        try {
            Files.deleteIfExists(folder.resolve("node.sock"));
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
