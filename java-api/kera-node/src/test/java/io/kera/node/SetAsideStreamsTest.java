package io.kera.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.AckLevel;
import io.kera.client.KeraClient;
import io.kera.client.StreamSettings;
import io.kera.client.errors.CorruptDataException;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.UnknownStreamException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Metadata and files that do not agree: what the metadata lists is never taken for empty. */
class SetAsideStreamsTest extends NodeFixture {
    private void removeFolder(Path gone) throws IOException {
        try (Stream<Path> files = Files.walk(gone)) {
            for (final Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void makeTwoStreams() throws Exception {
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            for (final String name : List.of("lost", "kept")) {
                client.admin().createStream(name, StreamSettings.DEFAULT);
                produce(client, name, AckLevel.DISK, 10);
            }
        }
    }

    @Test
    void losesNothingWithTheFolderOfAStream() throws Exception {
        makeTwoStreams();
        removeFolder(folder.resolve("data/streams/1"));
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertEquals(10, readAll(client, "lost", 10).size());
            assertEquals(10, readAll(client, "kept", 10).size());
        }
        assertTrue(Files.exists(folder.resolve("data/streams/1/stream.kera")));
    }

    @Test
    void setsAsideAStreamWithoutSettingsAndServesTheOthers() throws Exception {
        makeTwoStreams();
        removeFolder(folder.resolve("data/streams/1"));
        Files.delete(folder.resolve("data/catalog/1.kera"));
        for (int starts = 0; starts < 2; starts++) {
            lines.clear();
            try (KeraNode node = start();
                    KeraClient client = client(node, "tcp")) {
                final CorruptDataException told = assertThrows(
                        CorruptDataException.class, () -> client.admin().describeStream("lost"));
                assertEquals("stream_set_aside", told.what());
                assertEquals(1, told.value());
                assertThrows(KeraException.class, () -> client.admin().createStream("lost", StreamSettings.DEFAULT));
                assertEquals(
                        10 * (starts + 1),
                        readAll(client, "kept", 10 * (starts + 1)).size());
                produce(client, "kept", AckLevel.DISK, 10);
                assertTrue(lines.stream().anyMatch(line -> line.contains("stream_set_aside")), lines::toString);
                assertTrue(
                        get(node, "/metrics").body().contains("kera_streams_set_aside 1.0"),
                        get(node, "/metrics").body());
            }
        }
        assertTrue(Files.exists(folder.resolve("data/catalog/1.set_aside")));
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            client.admin().deleteStream("lost");
            assertThrows(UnknownStreamException.class, () -> client.admin().describeStream("lost"));
            client.admin().createStream("lost", StreamSettings.DEFAULT);
            assertTrue(
                    get(node, "/metrics").body().contains("kera_streams_set_aside 0.0"),
                    get(node, "/metrics").body());
        }
        assertFalse(Files.exists(folder.resolve("data/catalog/1.set_aside")));
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertEquals(0, produce(client, "lost", AckLevel.DISK, 1));
            assertEquals(1, readAll(client, "lost", 1).size());
        }
    }

    @Test
    void setsAsideStreamsOfWhichOnlyTheMetadataIsLeft() throws Exception {
        makeTwoStreams();
        removeFolder(folder.resolve("data/streams"));
        removeFolder(folder.resolve("data/catalog"));
        // What is empty, or not KerA's, is no trace of a stream.
        Files.createDirectories(folder.resolve("data/streams/1"));
        Files.createDirectories(folder.resolve("data/catalog"));
        Files.createFile(folder.resolve("data/catalog/2.kera.aside"));
        for (int starts = 0; starts < 2; starts++) {
            lines.clear();
            try (KeraNode node = start();
                    KeraClient client = client(node, "tcp")) {
                for (final String name : List.of("lost", "kept")) {
                    final CorruptDataException told = assertThrows(
                            CorruptDataException.class, () -> client.admin().describeStream(name));
                    assertEquals("stream_set_aside", told.what());
                }
                assertTrue(lines.stream().noneMatch(line -> line.contains("stream_opened_empty")), lines::toString);
            }
        }
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            client.admin().deleteStream("lost");
            client.admin().createStream("lost", StreamSettings.DEFAULT);
            assertEquals(0, produce(client, "lost", AckLevel.DISK, 1));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"data/streams/1/stream.kera", "data/catalog/1.kera"})
    void losesNothingWithOneOfTheFilesOfAStreamsSettings(String file) throws Exception {
        makeTwoStreams();
        Files.delete(folder.resolve(file));
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertEquals(10, readAll(client, "lost", 10).size());
            assertEquals(10, readAll(client, "kept", 10).size());
        }
        assertTrue(Files.exists(folder.resolve(file)));
    }

    /** Whether the control plane marks the stream, because no file of it is left, or not. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsEverythingAgainOnceSettingsAreBack(boolean isMarked) throws Exception {
        makeTwoStreams();
        final Path settings = folder.resolve("data/streams/1/stream.kera");
        final byte[] kept = Files.readAllBytes(settings);
        removeFolder(folder.resolve("data/streams/1"));
        if (isMarked) {
            Files.delete(folder.resolve("data/catalog/1.kera"));
        } else {
            Files.write(folder.resolve("data/catalog/1.kera"), new byte[100]);
        }
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertThrows(CorruptDataException.class, () -> client.admin().describeStream("lost"));
            assertEquals(10, readAll(client, "kept", 10).size());
        }
        final Path mark = folder.resolve("data/catalog/1.lost");
        assertEquals(isMarked, Files.exists(mark));
        Files.createDirectories(folder.resolve("data/streams/1"));
        Files.write(settings, kept);
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertEquals(10, readAll(client, "lost", 10).size());
        }
        assertFalse(Files.exists(mark));
    }
}
