package io.kera.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.AckLevel;
import io.kera.client.Admin;
import io.kera.client.KeraClient;
import io.kera.client.ListedStream;
import io.kera.client.StreamChange;
import io.kera.client.StreamInfo;
import io.kera.client.StreamSettings;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.StreamExistsException;
import io.kera.client.errors.UnknownStreamException;
import io.kera.ffi.NativeCore;
import io.kera.node.config.ConfigKey;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeraNodeTest extends NodeFixture {
    @ParameterizedTest
    @ValueSource(strings = {"tcp", "shm"})
    void createsIngestsAndServes(String transport) throws Exception {
        try (KeraNode node = start();
                KeraClient client = client(node, transport)) {
            assertTrue(node.isReady() && node.isHealthy());
            final StreamInfo made = client.admin().createStream("clicks", StreamSettings.DEFAULT);
            assertEquals(1, made.id());
            assertEquals(9, produce(client, "clicks", AckLevel.DISK, 10));
            final List<String> values = readAll(client, "clicks", 10);
            assertEquals(10, values.size());
            assertEquals("value-9", values.get(9));
        }
    }

    @Test
    void decidesAboutStreamsAndRemembersAcrossRestarts() throws Exception {
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            final Admin admin = client.admin();
            admin.createStream("kept", StreamSettings.DEFAULT.withStreamlets(3));
            admin.createStream("dropped", StreamSettings.DEFAULT);
            admin.alterStream("kept", StreamChange.NONE.withLanes(2).withRetentionMs(3_600_000));
            admin.deleteStream("dropped");
            assertThrows(UnknownStreamException.class, () -> admin.describeStream("dropped"));
            assertThrows(StreamExistsException.class, () -> admin.createStream("kept", StreamSettings.DEFAULT));
            produce(client, "kept", AckLevel.LEADER, 5);
        }
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            final Admin admin = client.admin();
            assertEquals(
                    List.of("kept"),
                    admin.listStreams().stream().map(ListedStream::name).toList());
            final StreamSettings settings = admin.describeStream("kept").settings();
            assertEquals(3, settings.streamlets());
            assertEquals(2, settings.lanes());
            assertEquals(3_600_000, settings.retentionMs());
            assertEquals(
                    3, admin.createStream("dropped", StreamSettings.DEFAULT).id(), "ids are never given again");
        }
        assertTrue(lines.stream().noneMatch(line -> line.contains("level=error")), lines::toString);
    }

    @Test
    void tellsStreamsApartFromThoseThatCannotBe() {
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            final KeraException refused = assertThrows(
                    KeraException.class, () -> client.admin().createStream("no good", StreamSettings.DEFAULT));
            assertTrue(String.valueOf(refused.getMessage()).contains("stream_name_letters"), refused.getMessage());
            final KeraException lanes = assertThrows(
                    KeraException.class, () -> client.admin().createStream("a", StreamSettings.DEFAULT.withLanes(65)));
            assertEquals("lanes", lanes.what());
            assertEquals(64, lanes.limit());
            assertEquals(65, lanes.value());
            assertTrue(client.admin().listStreams().isEmpty());
        }
    }

    @Test
    void losesNothingOfWhatWasAcknowledgedAtLeaderInACleanStop() throws Exception {
        try (KeraNode node = start();
                KeraClient client = client(node, "shm")) {
            client.admin().createStream("a", StreamSettings.DEFAULT);
            produce(client, "a", AckLevel.LEADER, 500);
            node.close();
            assertTrue(node.stoppedCleanly());
            assertFalse(node.isReady());
        }
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertEquals(500, readAll(client, "a", 500).size());
        }
    }

    @Test
    void neverGivesAProducerIdTwiceAcrossRestarts() throws Exception {
        for (int restart = 0; restart < 3; restart++) {
            try (KeraNode node = start();
                    KeraClient client = client(node, "tcp")) {
                if (restart == 0) {
                    client.admin().createStream("a", StreamSettings.DEFAULT);
                }
                // A producer id that had been given before would meet its own old sequences.
                for (int producer = 0; producer < 3; producer++) {
                    assertEquals(10L * (restart * 3 + producer + 1) - 1, produce(client, "a", AckLevel.DISK, 10));
                }
            }
        }
    }

    @Test
    void adoptsWhatACoreAloneHasLeftInItsFolder() throws Exception {
        try (NativeCore core = coreAlone();
                KeraClient client = connect(core)) {
            client.admin().createStream("old", StreamSettings.DEFAULT.withStreamlets(2));
            produce(client, "old", AckLevel.DISK, 5);
        }
        for (int restart = 0; restart < 2; restart++) {
            try (KeraNode node = start();
                    KeraClient client = client(node, "tcp")) {
                assertEquals(1, client.admin().describeStream("old").id());
                produce(client, "old", AckLevel.DISK, 1);
            }
        }
        assertEquals(
                1,
                lines.stream().filter(line -> line.contains("stream_adopted")).count(),
                lines::toString);
        assertTrue(lines.stream().noneMatch(line -> line.contains("level=error")), lines::toString);
    }

    @Test
    void refusesASecondNodeOnTheSameDataAndNamesTheOwner() {
        try (KeraNode node = start()) {
            final NodeStartException refused = assertThrows(NodeStartException.class, this::start);
            assertEquals(ProcessHandle.current().pid(), refused.ownerPid());
            assertTrue(node.isReady());
        }
        start().close();
    }

    @Test
    void keepsNothingWhenToldSo() throws Exception {
        final NodeConfig.Builder memoryOnly = config().set(NodeKeys.DATA_KEEP, "false");
        try (KeraNode node = start(memoryOnly);
                KeraClient client = client(node, "tcp")) {
            client.admin().createStream("a", StreamSettings.DEFAULT);
            assertEquals(9, produce(client, "a", AckLevel.LEADER, 10));
            final KeraException refused = assertThrows(
                    KeraException.class,
                    () -> client.admin().createStream("b", StreamSettings.DEFAULT.withAckLevelMin(AckLevel.DISK)));
            assertEquals("ack_level_min", refused.what());
            node.close();
            assertTrue(node.stoppedCleanly());
        }
        assertFalse(Files.exists(folder.resolve("data")));
        try (KeraNode node = start(memoryOnly);
                KeraClient client = client(node, "tcp")) {
            assertTrue(client.admin().listStreams().isEmpty());
        }
    }

    @Test
    void refusesClientsWithoutItsToken() {
        try (KeraNode node = start(config().set(NodeKeys.AUTH_TOKEN, "sesame"))) {
            try (KeraClient client =
                    KeraClient.builder().uri(node.uri("tcp")).token("sesame").connect()) {
                assertTrue(client.admin().listStreams().isEmpty());
            }
            assertThrows(KeraException.class, () -> {
                try (KeraClient stranger =
                        KeraClient.builder().uri(node.uri("tcp")).token("guess").connect()) {
                    stranger.admin().listStreams();
                }
            });
        }
    }

    @Test
    void takesTheLongestTokenThatItsSettingAllows() {
        final String longest = "t".repeat(1_024);
        try (KeraNode node = start(config().set(NodeKeys.AUTH_TOKEN, longest));
                KeraClient client = KeraClient.builder()
                        .uri(node.uri("tcp"))
                        .clientName("n".repeat(1_024))
                        .token(longest)
                        .connect()) {
            assertTrue(client.admin().listStreams().isEmpty());
        }
    }

    @Test
    void saysHowItIsOverHttp() throws Exception {
        try (KeraNode node = start();
                KeraClient client = client(node, "tcp")) {
            assertEquals("ok\n", get(node, "/healthz").body());
            assertEquals("ready\n", get(node, "/readyz").body());
            assertEquals(404, get(node, "/other").statusCode());
            client.admin().createStream("clicks", StreamSettings.DEFAULT.withStreamlets(2));
            produce(client, "clicks", AckLevel.LEADER, 7);
            final HttpResponse<String> page = get(node, "/metrics");
            assertEquals(200, page.statusCode());
            for (final String name : List.of(
                    "kera_pool_used_bytes ",
                    "kera_reactor_appends_total{reactor=\"0\"}",
                    "kera_reactor_busy_seconds_total{reactor=\"0\"}",
                    "kera_reactor_connections{reactor=\"0\"} 1.0",
                    "kera_coordinator_streams 1.0",
                    "kera_coordinator_log_entries ",
                    "kera_node_ready 1.0",
                    "kera_node_healthy 1.0",
                    "jvm_memory_used_bytes{",
                    "process_uptime_seconds ")) {
                assertTrue(page.body().contains("\n" + name), name + " is missing in\n" + page.body());
            }
            awaitRecords(node, "clicks", 7);
            client.admin().deleteStream("clicks");
            final String after = get(node, "/metrics").body();
            assertFalse(after.contains("stream=\"clicks\""), after);
        }
    }

    /** The core shows its streams' numbers whenever it looks after their lanes, not with each append. */
    private static void awaitRecords(KeraNode node, String stream, double count) throws Exception {
        final long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
        double records = 0;
        while (records < count && System.nanoTime() - deadlineNs < 0) {
            records = get(node, "/metrics")
                    .body()
                    .lines()
                    .filter(line -> line.startsWith("kera_streamlet_records_in_total{stream=\"" + stream + "\""))
                    .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf("} ") + 2)))
                    .sum();
        }
        assertEquals(count, records);
    }

    @Test
    void servesNoHttpWhenToldSo() {
        try (KeraNode node = start(config().set(NodeKeys.HTTP_LISTEN, "off"))) {
            assertEquals(0, node.httpPort());
        }
    }

    @Test
    void givesEverythingBackWhenItCannotStart() {
        try (KeraNode node = start()) {
            final NodeConfig.Builder taken = NodeConfig.builder()
                    .set(NodeKeys.DATA_FOLDER, folder.resolve("other").toString())
                    .set(NodeKeys.LISTEN, "tcp:127.0.0.1:0")
                    .set(NodeKeys.MEMORY_ARENA, "64m")
                    .set(NodeKeys.HTTP_LISTEN, "127.0.0.1:" + node.httpPort());
            final NodeStartException refused = assertThrows(NodeStartException.class, () -> start(taken));
            assertTrue(String.valueOf(refused.getMessage()).startsWith("key=http.listen"), refused.getMessage());
            start(taken.set(NodeKeys.HTTP_LISTEN, "127.0.0.1:0")).close();
        }
    }

    private String refusal(ConfigKey<?> key, String value) {
        return String.valueOf(assertThrows(
                        NodeStartException.class,
                        () -> start(config().set(key, value)).close())
                .getMessage());
    }

    @Test
    void saysWhichSettingIsAtFaultAndWhatToDo() throws Exception {
        try (KeraNode node = start()) {
            final String taken = node.uri("tcp");
            final NodeConfig.Builder other =
                    config().set(NodeKeys.DATA_FOLDER, folder.resolve("other").toString());
            final NodeStartException tcp = assertThrows(
                    NodeStartException.class, () -> start(other.set(NodeKeys.LISTEN, "tcp:127.0.0.1:0," + taken)));
            assertEquals(
                    "key=listen value=" + taken + " (program): Address already in use; another process listens there:"
                            + " stop it, or set --listen",
                    tcp.getMessage());
            final NodeStartException shm =
                    assertThrows(NodeStartException.class, () -> start(other.set(NodeKeys.LISTEN, node.uri("shm"))));
            assertTrue(
                    String.valueOf(shm.getMessage())
                            .startsWith("key=listen value=" + node.uri("shm") + " (program): Address already in use"),
                    shm.getMessage());
        }
        final Path file = Files.createFile(folder.resolve("file"));
        assertTrue(refusal(NodeKeys.DATA_FOLDER, file.toString()).contains("(not a folder)"));
        assertTrue(refusal(NodeKeys.LISTEN, "shm:" + folder + "/" + "a".repeat(120) + "/s")
                .contains("limit=107; give a shorter path"));
        assertTrue(refusal(NodeKeys.MEMORY_ARENA, "60t").contains("this machine has no more: set --memory-arena"));
    }

    @Test
    void closesAnyNumberOfTimes() {
        final KeraNode node = start();
        node.close();
        node.close();
        assertTrue(node.stoppedCleanly());
    }
}
