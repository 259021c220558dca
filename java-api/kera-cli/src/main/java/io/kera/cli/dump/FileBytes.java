package io.kera.cli.dump;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A file's bytes, mapped until this is closed. One thread. Whoever reads a number at a place has made sure that the place
 * is there.
 */
final class FileBytes implements AutoCloseable {
    private final ByteBuffer mapped;
    private final UnsafeBuffer buffer;
    private final CRC32C crc = new CRC32C();

    private FileBytes(ByteBuffer mapped) {
        this.mapped = mapped;
        buffer = new UnsafeBuffer(mapped);
    }

    static FileBytes map(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            final long bytes = channel.size();
            if (bytes > Integer.MAX_VALUE) {
                throw new CommandFailure(
                        ExitCode.FAILED,
                        "file=" + file + " bytes=" + bytes + " limit=" + Integer.MAX_VALUE
                                + "; no file of a node is so large");
            }
            return new FileBytes(
                    bytes == 0 ? ByteBuffer.allocate(0) : channel.map(FileChannel.MapMode.READ_ONLY, 0, bytes));
        }
    }

    @Override
    public void close() {
        buffer.wrap(0, 0);
        if (mapped instanceof MappedByteBuffer mapping) {
            IoUtil.unmap(mapping);
        }
    }

    UnsafeBuffer buffer() {
        return buffer;
    }

    int size() {
        return buffer.capacity();
    }

    /** As an unsigned number. */
    long uint32(int at) {
        return buffer.getInt(at) & 0xFFFF_FFFFL;
    }

    long crc32c(int from, int to) {
        crc.reset();
        return crc32cOn(from, to);
    }

    /** Goes on from the checksum before. */
    long crc32cOn(int from, int to) {
        crc.update(mapped.duplicate().limit(to).position(from));
        return crc.getValue();
    }

    /** Whether a block that opens with a checksum of its rest is whole; otherwise what is wrong. */
    String checkSeal(int at, int bytes, String what) {
        if (size() - at < bytes) {
            return what + " bytes=" + (size() - at) + " limit=" + bytes;
        }
        final long stored = uint32(at);
        final long actual = crc32c(at + Integer.BYTES, at + bytes);
        return stored == actual ? "" : crcText(what, stored, actual);
    }

    static String crcText(String what, long stored, long actual) {
        return String.format("%s stored=%08x actual=%08x", what, stored, actual);
    }
}
