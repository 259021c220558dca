package io.kera.cli.record;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.client.Claim;
import io.kera.client.ExclusiveProducer;
import io.kera.client.Record;
import io.kera.client.StreamWriter;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Makes records of lines, in the memory that travels: nothing is allocated and no call is made for each. The producer's
 * thread.
 */
final class LineRecords {
    private static final byte[] NOTHING = {};

    private final ExclusiveProducer producer;
    private final StreamWriter writer;
    private final int streamlet;
    private final byte @Nullable [] separator;
    private final Record record;
    private final boolean plain;
    private final boolean keyed;
    private final byte[] fixedKey;
    private final Map<String, byte[]> headers;
    private final UnsafeBuffer line = new UnsafeBuffer(NOTHING);
    private final UnsafeBuffer key = new UnsafeBuffer(NOTHING);

    LineRecords(
            ExclusiveProducer producer,
            String stream,
            @Nullable Integer streamlet,
            byte @Nullable [] fixedKey,
            byte @Nullable [] separator,
            Map<String, byte[]> headers) {
        this.producer = producer;
        this.separator = separator;
        this.headers = headers;
        this.streamlet = streamlet == null ? StreamWriter.ANY_STREAMLET : streamlet;
        this.fixedKey = fixedKey == null ? NOTHING : fixedKey;
        writer = producer.stream(stream);
        record = new Record(stream);
        keyed = fixedKey != null || separator != null;
        // What a claim can say; anything more takes the longer way over a record that is used again.
        plain = headers.isEmpty() && (!keyed || streamlet == null);
        key.wrap(this.fixedKey);
    }

    /** Sends the line; returns how many bytes of key and value that were. */
    int send(LineReader lines) {
        final byte[] bytes = lines.bytes();
        int valueAt = lines.start();
        final int end = valueAt + lines.length();
        if (line.byteArray() != bytes) {
            line.wrap(bytes);
        }
        int keyAt = 0;
        int keyLength = fixedKey.length;
        if (separator != null) {
            final int at = find(separator, bytes, valueAt, end);
            if (at < 0) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "line=" + lines.lineNumber()
                                + "; it has no key separator: correct the line, or give another"
                                + " --key-separator; the lines before it are sent");
            }
            keyAt = valueAt;
            keyLength = at - valueAt;
            valueAt = at + separator.length;
            if (key.byteArray() != bytes) {
                key.wrap(bytes);
            }
        }
        if (plain) {
            claim(keyAt, keyLength, valueAt, end - valueAt);
        } else {
            offer(keyAt, keyLength, valueAt, end - valueAt);
        }
        return keyLength + end - valueAt;
    }

    private void claim(int keyAt, int keyLength, int valueAt, int length) {
        final Claim claim;
        if (keyed) {
            claim = writer.claim(key, keyAt, keyLength, length);
        } else {
            claim = streamlet == StreamWriter.ANY_STREAMLET ? writer.claim(length) : writer.claim(streamlet, length);
        }
        claim.buffer().putBytes(claim.offset(), line, valueAt, length);
        claim.commit();
    }

    private void offer(int keyAt, int keyLength, int valueAt, int length) {
        record.clear();
        if (streamlet != StreamWriter.ANY_STREAMLET) {
            record.streamlet(streamlet);
        }
        if (keyed) {
            record.key(key, keyAt, keyLength);
        }
        headers.forEach(record::header);
        producer.offer(record.value(line, valueAt, length));
    }

    private static int find(byte[] wanted, byte[] bytes, int from, int end) {
        for (int at = from; at <= end - wanted.length; at++) {
            int same = 0;
            while (same < wanted.length && bytes[at + same] == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return at;
            }
        }
        return -1;
    }
}
