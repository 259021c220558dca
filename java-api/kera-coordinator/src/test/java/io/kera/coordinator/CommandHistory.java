package io.kera.coordinator;

import io.kera.wire.StreamAlteration;
import io.kera.wire.StreamDefinition;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Commands drawn from a seed: legal, illegal and malformed ones. Owned by one test. */
final class CommandHistory {
    private static final int NAMES = 12;

    private final MetadataCommands commands = new MetadataCommands();
    private final Random random;
    private long correlationId;

    CommandHistory(long seed) {
        random = new Random(seed);
    }

    List<UnsafeBuffer> draw(int count) {
        final List<UnsafeBuffer> drawn = new ArrayList<>();
        for (int at = 0; at < count; at++) {
            drawn.add(copy(commands.buffer(), 0, next()));
        }
        return drawn;
    }

    static UnsafeBuffer copy(DirectBuffer from, int offset, int length) {
        final UnsafeBuffer copy = new UnsafeBuffer(new byte[length]);
        copy.putBytes(0, from, offset, length);
        return copy;
    }

    private int next() {
        final long id = correlationId++;
        final long stream = random.nextInt(20);
        return switch (random.nextInt(11)) {
            case 0 -> commands.foundCluster(id, new UUID(random.nextLong(), random.nextLong()));
            case 1 -> commands.registerNode(id, random.nextInt(4) - 1, "node-" + random.nextInt(3));
            case 2, 3, 4 ->
                commands.createStream(
                        id, random.nextBoolean() ? MetadataCommands.ANY_STREAM : stream, random.nextInt(3), stream());
            case 5 ->
                commands.alterStream(
                        id,
                        stream,
                        new StreamAlteration(
                                random.nextInt(9) - 1,
                                random.nextInt(70),
                                random.nextInt(6),
                                random.nextInt(5) - 3,
                                random.nextInt(5) - 3));
            case 6 -> commands.deleteStream(id, stream);
            case 7 -> commands.forgetStream(id, stream);
            case 8 -> commands.moveLeadership(id, stream, random.nextInt(4) - 1, random.nextInt(3));
            case 9 -> commands.noteStreamOpened(id, stream);
            default -> commands.reserveProducerIds(id, random.nextInt(3_000), random.nextInt(1_000) - 1);
        };
    }

    private StreamDefinition stream() {
        final String name = random.nextInt(8) == 0 ? "no good" : "stream-" + random.nextInt(NAMES);
        return new StreamDefinition(
                random.nextInt(6),
                random.nextInt(66),
                random.nextInt(4),
                random.nextInt(3),
                random.nextInt(1 << 20),
                random.nextInt(4),
                random.nextInt(10) - 2,
                random.nextInt(10) - 2,
                name);
    }
}
