package io.kera.coordinator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.function.LongSupplier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The log of a lone node: an entry is committed once it is synced to its file. Offers gather in memory; {@link #poll}
 * writes and syncs them together, then delivers them. One thread. After a failed write or sync nothing is taken until
 * {@link #mend}: what that file holds behind its last synced entry is unknown, so it is never appended to again; a
 * snapshot and a new file take its place. Layout: sbe-schemas/metadata.md.
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
    private long syncedPosition;
    private boolean replayed;
    private boolean writable = true;
    private boolean closed;

    private FileConsensusLog(Path path, FolderLock lock, LongSupplier clockMs, LogFolder.Opener opener)
            throws IOException {
        folder = new LogFolder(path, opener);
        this.lock = lock;
        this.clockMs = clockMs;
        final Map.@Nullable Entry<Long, Path> newest = folder.snapshotFiles().lastEntry();
        snapshot = newest == null ? null : SnapshotFile.read(newest.getValue(), newest.getKey(), layout);
        snapshotIndex = newest == null ? 0 : newest.getKey();
        folder.removeBefore(snapshotIndex);
        nextIndex = snapshotIndex;
        scan = openNewest();
        offeredIndex = scan.endIndex();
        syncedPosition = scan.endPosition();
        channel = openChannel(scan.file(), syncedPosition);
    }

    /**
     * Takes the folder, which is made for this user alone if need be, and reads what it has.
     *
     * @throws FolderTakenException another process owns it
     * @throws MetadataDamagedException what it has does not verify, beyond a torn tail
     */
    public static FileConsensusLog open(Path folder, LongSupplier clockMs) {
        return open(folder, clockMs, FileChannel::open);
    }

    static FileConsensusLog open(Path folder, LongSupplier clockMs, LogFolder.Opener opener) {
        try {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        final FolderLock lock = FolderLock.acquire(folder);
        try {
            return new FileConsensusLog(folder, lock, clockMs, opener);
        } catch (IOException e) {
            lock.close();
            throw new LogUnwritableException(folder, e);
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
        if (!replayed || !writable || gatheredBytes + bytes > GATHERED_BYTES_MAX) {
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
            forgetOffers();
            throw unwritable(e);
        }
        final int bytes = gatheredBytes;
        syncedPosition += bytes;
        gatheredBytes = 0;
        return deliver(follower, gathered, 0, bytes);
    }

    @Override
    public boolean isLeader() {
        return !closed && writable;
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
    public boolean snapshot(SnapshotSource frames) {
        if (!isLeader() || !replayed || gatheredBytes > 0) {
            throw new IllegalStateException("snapshot of a log with undelivered_bytes=" + gatheredBytes + " closed="
                    + closed + " writable=" + writable + "; poll it first");
        }
        try {
            beginAnew(frames);
            return true;
        } catch (IOException e) {
            if (!Files.exists(folder.snapshotFile(nextIndex))) {
                return false;
            }
            // A start would take the snapshot, and not what the old file gets from now on.
            throw unwritable(e);
        }
    }

    @Override
    public boolean mend(SnapshotSource frames) {
        if (closed || writable) {
            return isLeader();
        }
        try {
            beginAnew(frames);
            writable = true;
            return true;
        } catch (IOException e) {
            return false;
        }
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

    /** What was delivered into a snapshot, and behind it a file of which everything is known. */
    private void beginAnew(SnapshotSource frames) throws IOException {
        SnapshotFile.write(folder, nextIndex, clockMs.getAsLong(), layout, frames);
        final Path next = beginFile(nextIndex);
        final FileChannel opened = openChannel(next, EntryLayout.FILE_HEADER_BYTES);
        final FileChannel old = channel;
        channel = opened;
        syncedPosition = EntryLayout.FILE_HEADER_BYTES;
        snapshotIndex = nextIndex;
        closeQuietly(old);
        removeReplaced();
    }

    /** Nobody was answered. What has reached the file all the same is cut off while it can be. */
    private void forgetOffers() {
        gatheredBytes = 0;
        offeredIndex = nextIndex;
        try {
            channel.truncate(syncedPosition);
            channel.force(true);
        } catch (IOException e) {
            // A start in between may then find, and take, what was refused: it is whole or it is torn.
            closeQuietly(channel);
        }
    }

    private LogUnwritableException unwritable(IOException cause) {
        writable = false;
        return new LogUnwritableException(folder.path(), cause);
    }

    /** What stays of it goes at the next start, or with the next snapshot. */
    private void removeReplaced() {
        try {
            folder.removeBefore(nextIndex);
        } catch (UncheckedIOException e) {
            // They are in nobody's way.
            assert e.getCause() != null;
        }
    }

    private static void closeQuietly(FileChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // Whatever was to be kept of it was synced.
            assert !channel.isOpen();
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
    private LogScan openNewest() throws IOException {
        final @Nullable Path file = LogFolder.logBehind(nextIndex, folder.logFiles());
        return LogScan.of(file == null ? beginFile(nextIndex) : file, nextIndex, layout);
    }

    private Path beginFile(long firstIndex) throws IOException {
        final UnsafeBuffer header = new UnsafeBuffer(new byte[EntryLayout.FILE_HEADER_BYTES]);
        layout.writeFileHeader(header, EntryLayout.LOG_MAGIC, firstIndex, clockMs.getAsLong());
        final Path file = folder.logFile(firstIndex);
        folder.writeDurably(file, header, header.capacity());
        return file;
    }

    /** Cut to its end, so that leftovers cannot be taken for entries later. */
    private FileChannel openChannel(Path file, long end) throws IOException {
        final FileChannel opened = folder.open(file, StandardOpenOption.WRITE);
        try {
            if (opened.size() > end) {
                opened.truncate(end);
                opened.force(true);
            }
            opened.position(end);
            return opened;
        } catch (IOException e) {
            closeQuietly(opened);
            throw e;
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
