package io.kera.client.produce;

import io.kera.client.session.Refusals;
import io.kera.wire.KeyHash;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.agrona.DirectBuffer;

/**
 * Chooses the streamlet of a record: by its number, by the key, or any. A stream may get more streamlets; the next record
 * after this is known chooses among all of them.
 *
 * <p>Any thread where its chunks are for any. Which streamlet it stays with is read and written without care: whichever
 * it is, it is a good one.
 *
 * @param <C> what takes records of a streamlet
 */
public final class StreamletChoice<C extends OpenChunk> {
    private final String stream;
    private final IntFunction<C> maker;
    private final Consumer<List<C>> made;
    /** By the numbers of their streamlets. Replaced as a whole, so that it can be read without a lock. */
    private volatile C[] chunks;
    /** How many streamlets the stream has, as far as was told. */
    private volatile int told;

    private int sticky;

    /** The maker makes what takes records of a streamlet; those that were made are shown before they are chosen. */
    public StreamletChoice(String stream, C[] none, int streamlets, IntFunction<C> maker, Consumer<List<C>> made) {
        this.stream = stream;
        this.maker = maker;
        this.made = made;
        chunks = none;
        told = streamlets;
        sticky = random(grow());
    }

    public String stream() {
        return stream;
    }

    public int streamlets() {
        return chunks().length;
    }

    /** That streamlet, if there is one. */
    public C numbered(int streamlet) {
        final C[] all = chunks();
        if (streamlet < 0 || streamlet >= all.length) {
            throw Refusals.invalid("streamlet", all.length - 1L, streamlet);
        }
        return all[streamlet];
    }

    public C ofKey(DirectBuffer key, int index, int length) {
        final C[] all = chunks();
        return all[KeyHash.streamletOf(key, index, length, all.length)];
    }

    /** The same streamlet until its chunk was sent, then any. */
    public C any() {
        final C[] all = chunks();
        C chunk = all[sticky];
        if (all.length > 1 && !chunk.hasMemory()) {
            final int other = random(all);
            sticky = other;
            chunk = all[other];
        }
        return chunk;
    }

    /** The stream has so many streamlets by now. One thread at a time; it waits for nobody. */
    void tell(int streamlets) {
        if (streamlets > told) {
            told = streamlets;
        }
    }

    private C[] chunks() {
        final C[] known = chunks;
        return known.length < told ? grow() : known;
    }

    private synchronized C[] grow() {
        final C[] before = chunks;
        if (before.length < told) {
            final C[] all = Arrays.copyOf(before, told);
            Arrays.setAll(all, at -> at < before.length ? before[at] : maker.apply(at));
            made.accept(Arrays.asList(all).subList(before.length, all.length));
            chunks = all;
        }
        return chunks;
    }

    private static int random(Object[] all) {
        return all.length == 1 ? 0 : ThreadLocalRandom.current().nextInt(all.length);
    }
}
