package io.kera.coordinator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.function.LongSupplier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The log of a lone node: an entry is committed once it is synced to its file. Offers gather in memory; {@link #poll}
 * writes and syncs them together, then delivers them. One thread. After a failed write or sync nothing is taken any
 * more: what the disk has is unknown until the next start reads it. Layout: sbe-schemas/metadata.md.
 */
public final class FileConsensusLog implements ConsensusLog {
    private static final int GATHERED_BYTES_MAX = 4 << 20;
    private static final int GATHERED_BYTES_FIRST = 64 << 10;

    private final EntryLayout layout = new EntryLayout();
    private final LogFolder folder;
    private final FolderLock lock;
    private final LongSupplier clockMs;
    private final @Nullable SnapshotFile snapshot;
    private LogScan scan;
    private FileChannel channel;
    private UnsafeBuffer gathered = new UnsafeBuffer(new byte[GATHERED_BYTES_FIRST]);
    private int gatheredBytes;
    private long offeredIndex;
    private long nextIndex;
    private long snapshotIndex;
    private long lastTimestampMs;
    private boolean replayed;
    private boolean closed;

    private FileConsensusLog(Path path, FolderLock lock, LongSupplier clockMs) {
        folder = new LogFolder(path);
        this.lock = lock;
        this.clockMs = clockMs;
        final Map.@Nullable Entry<Long, Path> newest = folder.snapshotFiles().lastEntry();
        snapshot = newest == null ? null : SnapshotFile.read(newest.getValue(), newest.getKey(), layout);
        snapshotIndex = newest == null ? 0 : newest.getKey();
        folder.removeBefore(snapshotIndex);
        nextIndex = snapshotIndex;
        scan = openNewest();
        offeredIndex = scan.endIndex();
        channel = openChannel(scan.file(), scan.endPosition());
    }

    /**
     * Takes the folder, which is made if need be, and reads what it has.
     *
     * @throws FolderTakenException another process owns it
     * @throws MetadataDamagedException what it has does not verify, beyond a torn tail
     */
    public static FileConsensusLog open(Path folder, LongSupplier clockMs) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        final FolderLock lock = FolderLock.acquire(folder);
        try {
            return new FileConsensusLog(folder, lock, clockMs);
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** Bytes at the end that were no entry and have been cut; 0 after a clean stop. */
    public long tornBytes() {
        return scan.tornBytes();
    }

    @Override
    public long offer(DirectBuffer command, int offset, int length) {
        if (closed) {
            return CLOSED;
        }
        if (length > COMMAND_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "metadata_command_bytes=" + length + " limit=" + COMMAND_BYTES_MAX + "; split the command");
        }
        final int bytes = EntryLayout.entryBytes(length);
        if (!replayed || gatheredBytes + bytes > GATHERED_BYTES_MAX) {
            return BACK_PRESSURED;
        }
        makeRoom(bytes);
        lastTimestampMs = Math.max(lastTimestampMs, clockMs.getAsLong());
        final EntryLayout.Stamp stamp = new EntryLayout.Stamp(offeredIndex, lastTimestampMs, nextIndex);
        layout.writeEntry(gathered, gatheredBytes, stamp, command, offset, length);
        gatheredBytes += bytes;
        return offeredIndex++;
    }

    @Override
    public int poll(Follower follower) {
        if (!replayed) {
            replayed = true;
            return replay(follower);
        }
        if (gatheredBytes == 0 || closed) {
            return 0;
        }
        try {
            LogFolder.writeFully(channel, ByteBuffer.wrap(gathered.byteArray(), 0, gatheredBytes));
            channel.force(false);
        } catch (IOException e) {
            close();
            throw new UncheckedIOException("metadata log cannot be written; nothing is decided any more", e);
        }
        final int bytes = gatheredBytes;
        gatheredBytes = 0;
        return deliver(follower, gathered, 0, bytes);
    }

    @Override
    public boolean isLeader() {
        return !closed;
    }

    @Override
    public long nextIndex() {
        return nextIndex;
    }

    @Override
    public long entriesSinceSnapshot() {
        return nextIndex - snapshotIndex;
    }

    @Override
    public void snapshot(SnapshotSource frames) {
        if (closed || !replayed || gatheredBytes > 0) {
            throw new IllegalStateException("snapshot of a log with undelivered_bytes=" + gatheredBytes + " closed="
                    + closed + "; poll it first");
        }
        SnapshotFile.write(folder, nextIndex, clockMs.getAsLong(), layout, frames);
        final Path next = beginFile(nextIndex);
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        channel = openChannel(next, EntryLayout.FILE_HEADER_BYTES);
        snapshotIndex = nextIndex;
        folder.removeBefore(nextIndex);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            lock.close();
        }
    }

    private int replay(Follower follower) {
        if (snapshot != null) {
            follower.onSnapshot(snapshot);
        }
        return deliver(follower, scan.bytes(), EntryLayout.FILE_HEADER_BYTES, scan.endPosition());
    }

    private int deliver(Follower follower, UnsafeBuffer bytes, int from, int to) {
        int delivered = 0;
        int at = from;
        while (at < to) {
            final int body = layout.bodyLength(bytes, at);
            lastTimestampMs = layout.timestampMs(bytes, at);
            follower.onCommitted(nextIndex++, lastTimestampMs, bytes, at + EntryLayout.ENTRY_HEADER_BYTES, body);
            at += EntryLayout.entryBytes(body);
            delivered++;
        }
        return delivered;
    }

    /** The one log file that begins where the snapshot ends. */
    private LogScan openNewest() {
        final @Nullable Path file = LogFolder.logBehind(nextIndex, folder.logFiles());
        return LogScan.of(file == null ? beginFile(nextIndex) : file, nextIndex, layout);
    }

    private Path beginFile(long firstIndex) {
        final UnsafeBuffer header = new UnsafeBuffer(new byte[EntryLayout.FILE_HEADER_BYTES]);
        layout.writeFileHeader(header, EntryLayout.LOG_MAGIC, firstIndex, clockMs.getAsLong());
        final Path file = folder.logFile(firstIndex);
        folder.writeDurably(file, header, header.capacity());
        return file;
    }

    /** Cut to its end, so that leftovers cannot be taken for entries later. */
    private static FileChannel openChannel(Path file, long end) {
        try {
            final FileChannel opened = FileChannel.open(file, StandardOpenOption.WRITE);
            if (opened.size() > end) {
                opened.truncate(end);
                opened.force(true);
            }
            opened.position(end);
            return opened;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void makeRoom(int bytes) {
        if (gatheredBytes + bytes > gathered.capacity()) {
            final UnsafeBuffer larger =
                    new UnsafeBuffer(new byte[Math.max(2 * gathered.capacity(), gatheredBytes + bytes)]);
            larger.putBytes(0, gathered, 0, gatheredBytes);
            gathered = larger;
        }
    }
}
