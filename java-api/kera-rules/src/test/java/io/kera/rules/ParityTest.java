package io.kera.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Numbers that stand in both languages and come from no schema. Layouts, codes and defaults of the C ABI are compared
 * at run time by {@code io.kera.client.ParityTest}.
 */
final class ParityTest {
    private static final String JAVA = "java-api/kera-%s/src/main/java/io/kera/%s.java";

    @ParameterizedTest
    @CsvSource({
        "coordinator, coordinator/StreamRules, NAME_BYTES_MAX, src/wire/message/stream_messages.hpp, kStreamNameBytesMax",
        "coordinator, coordinator/StreamRules, STREAMLETS_MAX, src/wire/frame/message_limits.hpp, kStreamletsMax",
        "coordinator, coordinator/StreamRules, STREAM_ID_MAX, src/wire/frame/message_limits.hpp, kStreamIdMax",
        "coordinator, coordinator/StreamRules, STREAMS_MAX, src/broker/config/core_config.hpp, streams_max",
        "coordinator, coordinator/StreamRules, LANES_MAX, src/storage/lane/streamlet_settings.hpp, kLanesMax",
        "coordinator, coordinator/StreamRules, SEGMENT_BYTES_MAX, src/storage/lane/streamlet_settings.hpp, kSegmentBytesMax",
        "coordinator, coordinator/StreamRules, GROUP_SEGMENTS_MAX, src/storage/lane/streamlet_settings.hpp, kGroupSegmentsMax",
        "client, client/Admin, NAME_BYTES_MAX, src/wire/message/stream_messages.hpp, kStreamNameBytesMax",
        "client, client/ProducerOptions, CHUNK_BYTES_MAX, src/client/send/producer_options.cpp, kChunkBytesMax",
        "wire, wire/KeyHash, SEED, src/client/produce/partitioner.cpp, kSeed",
        "wire, wire/KeyHash, MULTIPLIER, src/client/produce/partitioner.cpp, kMultiplier",
        "wire, wire/KeyHash, SHIFT, src/client/produce/partitioner.cpp, kShift",
        "native, ffi/SharedChunkLayout, OPENED, include/kera/kera_shared_producer.h, KERA_SHARED_CHUNK_OPENED",
        "native, ffi/SharedChunkLayout, FULL, include/kera/kera_shared_producer.h, KERA_SHARED_CHUNK_FULL",
        "native, ffi/SharedChunkLayout, WANTED, include/kera/kera_shared_producer.h, KERA_SHARED_CHUNK_WANTED",
        "native, ffi/SharedChunkLayout, RETURNED, include/kera/kera_shared_producer.h, KERA_SHARED_CHUNK_RETURNED",
        "native, ffi/SharedChunkLayout, GRANTED, include/kera/kera_shared_producer.h, KERA_SHARED_CHUNK_GRANTED",
        "native, ffi/SharedChunkLayout, SETTLED, include/kera/kera_shared_producer.h, KERA_SHARED_CHUNK_SETTLED",
        "native, ffi/SharedChunkLayout, NONE_LEFT, include/kera/kera_shared_producer.h, KERA_SHARED_CHUNK_NONE_LEFT",
        "native, ffi/SharedChunkLayout, REFUSED, include/kera/kera_shared_producer.h, KERA_SHARED_CHUNK_REFUSED",
        "native, ffi/SharedChunkLayout, REGION_RETIRED, include/kera/kera_shared_producer.h, KERA_REGION_RETIRED",
    })
    void aConstantIsTheSameInBothLanguages(String module, String file, String name, String there, String itsName) {
        assertEquals(
                new Constant("native/" + there, itsName).value(),
                new Constant(JAVA.formatted(module, file), name).value());
    }

    @Test
    void aVersionIsTheSameInBothBuilds() {
        assertEquals(
                first("CMakeLists.txt", "project\\(kera VERSION ([0-9.]+)"),
                first("pom.xml", "<version>([0-9.]+)(?:-SNAPSHOT)?</version>"));
    }

    @ParameterizedTest
    @CsvSource({
        "int SIZE = 4; , 4",
        "long SIZE = 256L << 20; , 268435456",
        "inline constexpr std::uint32_t SIZE = (64U << 20U) + (64U << 10U); , 67174400",
        "constexpr auto SIZE = std::size_t{1} << 30; , 1073741824",
        "int SIZE = 65'536; , 65536",
        "int SIZE = 0x9747B28C; , 2538058380",
    })
    void readsANumber(String text, long value) {
        assertEquals(value, new Constant("thing", "SIZE").valueIn(text));
    }

    @Test
    void missesAConstantThatIsGone() {
        final AssertionError refused =
                assertThrows(AssertionError.class, () -> new Constant("thing", "SIZE").valueIn("int SIZES = 4;"));
        assertTrue(String.valueOf(refused.getMessage()).contains("SIZE is not a number in thing"), refused::toString);
        assertThrows(AssertionError.class, () -> new Constant("thing", "SIZE").valueIn("int SIZE = other();"));
    }

    private static String first(String file, String pattern) {
        final Matcher found =
                Pattern.compile(pattern).matcher(Checkout.read(Checkout.root().resolve(Path.of(file))));
        assertTrue(found.find(), () -> pattern + " is not in " + file);
        return found.group(1);
    }
}
