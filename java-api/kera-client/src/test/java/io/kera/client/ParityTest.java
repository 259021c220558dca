package io.kera.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.client.errors.ErrorCode;
import io.kera.client.errors.KeraException;
import io.kera.client.errors.RetriableException;
import io.kera.ffi.NativeLayout;
import io.kera.ffi.NativeOptions;
import io.kera.ffi.SharedChunkLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What Java repeats of the library is the same there. */
class ParityTest {
    private static void assertSame(String options, NativeOptions library, NativeOptions java, String... fields) {
        for (final String field : fields) {
            assertEquals(library.get(field), java.get(field), options + "." + field);
        }
    }

    @Test
    void errorCodesAreTheLibrarys() {
        final Map<Integer, NativeLayout.Code> codes = NativeLayout.get().codes();
        assertEquals(codes.size(), ErrorCode.values().length);
        for (final ErrorCode code : ErrorCode.values()) {
            final NativeLayout.Code there = Objects.requireNonNull(codes.get(code.number()), code::name);
            assertEquals(there.name(), code.name());
            assertEquals(there.retriable(), code.isRetriable(), code::name);
        }
    }

    @ParameterizedTest
    @EnumSource(ErrorCode.class)
    void anExceptionIsRetriableWhereItsCodeIs(ErrorCode code) {
        final KeraException thrown = KeraException.of(code, "thing", 1, 2);
        assertEquals(code, thrown.code());
        assertEquals(code.isRetriable(), thrown instanceof RetriableException);
        assertEquals(code.isRetriable(), thrown.isRetriable());
        assertTrue(String.valueOf(thrown.getMessage()).contains("thing=2 limit=1"), thrown.toString());
    }

    @Test
    void defaultsOfClientsAreTheLibrarys() {
        assertSame(
                "client",
                NativeOptions.ofClient(),
                KeraClient.builder().toNative(),
                "io_thread",
                "call_timeout_ns",
                "connect_timeout_ns",
                "keep_alive_ns",
                "reconnect_initial_ns",
                "reconnect_max_ns",
                "send_memory_bytes",
                "receive_memory_bytes",
                "idle_polls_max");
    }

    @Test
    void defaultsOfProducersAreTheLibrarys() {
        assertSame(
                "producer",
                NativeOptions.ofProducer(),
                ProducerOptions.defaults().toNative(),
                "acks",
                "idempotent",
                "chunk_bytes",
                "memory_bytes",
                "linger_ns",
                "max_block_ns",
                "delivery_timeout_ns",
                "request_timeout_ns",
                "retry_initial_ns",
                "retry_max_ns",
                "streamlet_chunks_max",
                "compression");
    }

    @Test
    void defaultsOfConsumersAreTheLibrarys() {
        assertSame(
                "consumer",
                NativeOptions.ofConsumer(),
                ConsumerOptions.defaults().toNative(),
                "push",
                "wait_ms_max",
                "bytes_min",
                "fetch_bytes_max",
                "streamlet_bytes_max",
                "streamlets_per_fetch",
                "out_of_range",
                "buffered_bytes_max",
                "credit_bytes",
                "check_crcs",
                "check_records",
                "request_timeout_ns");
    }

    /** The parts of a shared chunk's word, which no struct tells. */
    @ParameterizedTest
    @CsvSource({"RECORD,ONE_RECORD", "RESERVED,ONE_RESERVED", "GENERATION,ONE_GENERATION", "SPOILT,ONE_SPOILT"})
    void wordsHaveTheLibrarysParts(String library, String java) throws Exception {
        final String header = Files.readString(Path.of("../../native/include/kera/kera_shared_producer.h"));
        final Matcher bit = Pattern.compile("#define KERA_SHARED_CHUNK_" + library + " \\(INT64_C\\(1\\) << (\\d+)\\)")
                .matcher(header);
        assertTrue(bit.find(), library);
        assertEquals(
                1L << Integer.parseInt(bit.group(1)),
                SharedChunkLayout.class.getField(java).getLong(null));
        assertTrue(header.contains("#define KERA_SHARED_CHUNK_UNIT_BYTES " + SharedChunkLayout.UNIT_BYTES + "\n"));
        assertTrue(header.contains("#define KERA_SHARED_CHUNK_CLOSED INT64_MIN"));
        assertEquals(Long.MIN_VALUE, SharedChunkLayout.CLOSED);
    }

    /** The vectors of native/src/client/produce/partitioner_test.cpp, which are Kafka's. */
    @ParameterizedTest
    @CsvSource({"21,-973932308", "foobar,-790332482", "a-little-bit-long-string,-985981536", "abc,479470107"})
    void keysHashAsInTheLibrary(String key, int hash) {
        final byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        assertEquals(hash, io.kera.wire.KeyHash.murmur2(new UnsafeBuffer(bytes), 0, bytes.length));
    }
}
