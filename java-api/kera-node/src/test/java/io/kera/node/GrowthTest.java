package io.kera.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.AckLevel;
import io.kera.client.KeraClient;
import io.kera.client.OffsetSpec;
import io.kera.client.Producer;
import io.kera.client.Record;
import io.kera.client.StreamChange;
import io.kera.client.StreamSettings;
import io.kera.client.errors.KeraException;
import io.kera.ffi.NativeCore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A stream gets more streamlets: what the metadata and the core have of it after each start. */
class GrowthTest extends NodeFixture {
    @Test
    void remembersAcrossRestartsThatAStreamGrew() throws Exception {
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            client.admin().createStream("grown", StreamSettings.DEFAULT.withStreamlets(2));
            assertEquals(
                    7,
                    client.admin()
                            .alterStream("grown", StreamChange.NONE.withStreamlets(7))
                            .streamlets());
            try (Producer producer = client.producer()) {
                producer.send(new Record("grown").streamlet(6).value("kept")).join();
            }
            final KeraException fewer = assertThrows(
                    KeraException.class,
                    () -> client.admin().alterStream("grown", StreamChange.NONE.withStreamlets(3)));
            assertEquals("streamlets", fewer.what());
            assertEquals(7, fewer.limit());
            assertEquals(3, fewer.value());
        }
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertEquals(7, client.admin().describeStream("grown").streamlets());
            assertEquals(1, client.admin().findOffset("grown", 6, OffsetSpec.latest()));
        }
        assertTrue(lines.stream().noneMatch(line -> line.contains("level=error")), lines::toString);
    }

    @Test
    void takesOverWhatACoreAloneHasGrown() throws Exception {
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(2));
        }
        try (NativeCore core = coreAlone();
                KeraClient client = connect(core)) {
            client.admin().alterStream("s", StreamChange.NONE.withStreamlets(5));
        }
        for (int restart = 0; restart < 2; restart++) {
            try (KeraNode node = start();
                    KeraClient client = client(node, "tcp")) {
                assertEquals(5, client.admin().describeStream("s").streamlets());
                assertThrows(
                        KeraException.class,
                        () -> client.admin().alterStream("s", StreamChange.NONE.withStreamlets(4)));
            }
        }
        assertTrue(lines.stream().noneMatch(line -> line.contains("level=error")), lines::toString);
    }

    @Test
    void finishesGrowthThatWasCommittedAndNotCarriedOut() throws Exception {
        final Path data = folder.resolve("data");
        final Path before = folder.resolve("before");
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            client.admin().createStream("s", StreamSettings.DEFAULT.withStreamlets(2));
            produce(client, "s", AckLevel.DISK, 5);
        }
        copy(data, before);
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            client.admin().alterStream("s", StreamChange.NONE.withStreamlets(6));
        }
        // As if the process had been killed after the metadata was synced, and before the core knew.
        copy(data.resolve("metadata"), folder.resolve("committed"));
        remove(data);
        copy(before, data);
        remove(data.resolve("metadata"));
        copy(folder.resolve("committed"), data.resolve("metadata"));
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertEquals(6, client.admin().describeStream("s").streamlets());
            long records = 0;
            for (int streamlet = 0; streamlet < 6; streamlet++) {
                records += client.admin().findOffset("s", streamlet, OffsetSpec.latest());
            }
            assertEquals(5, records);
            try (Producer producer = client.producer()) {
                producer.send(new Record("s").streamlet(5).value("new")).join();
            }
        }
        assertTrue(lines.stream().noneMatch(line -> line.contains("level=error")), lines::toString);
    }

    private static List<Path> filesOf(Path root) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        for (final Path file : filesOf(from)) {
            Files.copy(file, to.resolve(from.relativize(file)));
        }
    }

    private static void remove(Path root) throws IOException {
        for (final Path file :
                filesOf(root).stream().sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
        }
    }
}
