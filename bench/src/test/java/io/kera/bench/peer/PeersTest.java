package io.kera.bench.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeersTest {
    @Test
    void anUnknownOneIsRefusedWithThoseThatThereAre() {
        final IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class, () -> Peers.open("pigeon", Path.of("nowhere"), System.err));
        assertEquals("peer=pigeon; give kafka, nats, aeron-archive, chronicle", refused.getMessage());
    }

    @Test
    void oneThatCannotComeIsAbsentWhereItWouldRace() {
        final Peer missing = new MissingPeer(
                "nats", List.of("nats, file", "nats, memory"), EnumSet.of(Peer.Discipline.PRODUCE), "there is no Go");
        assertEquals(List.of(), missing.contestants(Peer.Discipline.PRODUCE));
        assertEquals(
                List.of("NOT RACED: nats, file, there is no Go", "NOT RACED: nats, memory, there is no Go"),
                missing.absent(Peer.Discipline.PRODUCE).stream()
                        .map(Absent::text)
                        .toList());
        assertEquals(List.of(), missing.absent(Peer.Discipline.PRODUCE_LOCALLY));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "kafka/pom.xml",
                "kafka/src/io/kera/bench/kafka/KafkaEngine.java",
                "nats/src/io/kera/bench/nats/NatsEngine.java",
                "aeron-archive/src/io/kera/bench/aeron/AeronEngine.java",
                "chronicle/src/io/kera/bench/chronicle/ChronicleEngine.java"
            })
    void whatIsCompiledOnDemandIsInTheBuild(String resource) {
        assertNotNull(PeerBuild.class.getResource(resource));
    }

    @ParameterizedTest
    @CsvSource({"nats/pom.xml, <version>2.26.2<", "aeron-archive/pom.xml, <version>1.51.0<"})
    void versionsAreThoseThatAreNamed(String pom, String version) throws Exception {
        try (var in = PeerBuild.class.getResourceAsStream(pom)) {
            assertNotNull(in);
            final String text =
                    in == null ? "" : new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            assertTrue(text.contains(version), text);
        }
    }

    @ParameterizedTest
    @CsvSource({"go1.19.8, 19", "go1.21rc2, 21", "go1.26, 26", "devel, 0"})
    void knowsHowOldGoIs(String version, int minor) {
        assertEquals(minor, GoToolchain.minor(version));
    }
}
