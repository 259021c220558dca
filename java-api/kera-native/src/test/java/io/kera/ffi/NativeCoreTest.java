package io.kera.ffi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.agrona.concurrent.ringbuffer.ManyToOneRingBuffer;
import org.agrona.concurrent.status.CountersReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NativeCoreTest {
    private static final long ARENA_BYTES = 64L << 20;

    @TempDir
    Path folder;

    private CoreOptions.Builder options() {
        return CoreOptions.builder().arenaBytes(ARENA_BYTES).loadedBytesMax(8L << 20);
    }

    @Test
    void listensWhereItWasTold() {
        final String shm = "shm:" + folder.resolve("node.sock");
        try (NativeCore core =
                NativeCore.open(options().listen("tcp:127.0.0.1:0", shm).build())) {
            assertTrue(core.endpoints().get(0).startsWith("tcp:127.0.0.1:"), core.endpoints()::toString);
            assertEquals(shm, core.endpoints().get(1));
            assertTrue(core.memory().contains("bytes=" + ARENA_BYTES), core.memory());
        }
    }

    @Test
    void namesCodeLimitAndValueOfARefusal() {
        final NativeException refused = assertThrows(
                NativeException.class,
                () -> NativeCore.open(options().reactorCount(-3).build()));
        assertEquals("INVALID_ARGUMENT", refused.codeName());
        assertEquals(-3, refused.value());
    }

    @Test
    void refusesADataFolderThatIsTakenAndNamesTheOwner() {
        final CoreOptions both = options().dataFolder(folder.toString()).build();
        try (NativeCore first = NativeCore.open(both)) {
            final NativeException refused = assertThrows(NativeException.class, () -> NativeCore.open(both));
            assertEquals("WOULD_BLOCK", refused.codeName());
            assertEquals(ProcessHandle.current().pid(), refused.value());
            assertTrue(first.endpoints().isEmpty());
        }
    }

    @Test
    void closesAnyNumberOfTimesAndRefusesWorkAfterwards() {
        final NativeCore core = NativeCore.open(options().build());
        core.start();
        core.close();
        core.close();
        assertThrows(IllegalStateException.class, core::poll);
    }

    @Test
    void hasRingsAndCountersThatAgronaReads() {
        try (NativeCore core = NativeCore.open(
                options().authority(CoreOptions.Authority.CONTROL).build())) {
            final ManyToOneRingBuffer commands = new ManyToOneRingBuffer(core.controlToCore());
            assertTrue(commands.capacity() > 0);
            final AtomicInteger counters = new AtomicInteger();
            new CountersReader(core.countersMetadata(), core.countersValues())
                    .forEach((id, label) -> counters.incrementAndGet());
            assertTrue(counters.get() > 0);
        }
    }

    @Test
    void pollsWithoutThreads() {
        try (NativeCore core = NativeCore.open(options().build())) {
            core.drain();
            assertTimeoutPreemptively(Duration.ofSeconds(30), () -> {
                while (!core.isSettled()) {
                    core.poll();
                }
            });
        }
    }
}
