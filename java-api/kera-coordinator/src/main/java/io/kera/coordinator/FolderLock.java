package io.kera.coordinator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * Ownership of a metadata folder by one process at a time; the file holds the owner's pid, and stays. The system ends
 * it with the process; one that was killed still has it while its memory is taken down, which is waited for. One
 * thread.
 */
final class FolderLock implements AutoCloseable {
    private static final String NAME = "lock";
    private static final int PID_BYTES_MAX = 32;
    private static final long WAIT_STEP_MS = 20;
    private static final long WAIT_STEPS = 500;

    private final FileChannel channel;

    private FolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /** Takes the folder, or says who has it. */
    static FolderLock acquire(Path folder) {
        @Nullable FileChannel opened = null;
        boolean acquired = false;
        try {
            final FileChannel channel = FileChannel.open(
                    folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            opened = channel;
            if (!lockUnlessOwned(channel)) {
                final long owner = readPid(channel);
                throw new FolderTakenException(folder, owner);
            }
            final byte[] pid = (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII);
            channel.truncate(0);
            LogFolder.writeFully(channel, ByteBuffer.wrap(pid));
            acquired = true;
            return new FolderLock(channel);
        } catch (IOException e) {
            throw new LogUnwritableException(folder, e);
        } finally {
            if (!acquired) {
                closeQuietly(opened);
            }
        }
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            // The lock goes with the descriptor, which is gone either way.
            assert !channel.isOpen();
        }
    }

    private static boolean lockUnlessOwned(FileChannel channel) throws IOException {
        for (int step = 0; !tryLock(channel); step++) {
            if (step == WAIT_STEPS || !isEnding(readPid(channel))) {
                return false;
            }
            try {
                Thread.sleep(WAIT_STEP_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    /** A process that has no memory of its own any more has no command line either. */
    private static boolean isEnding(long pid) {
        try {
            return Files.readAllBytes(Path.of("/proc", Long.toString(pid), "cmdline")).length == 0;
        } catch (NoSuchFileException e) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean tryLock(FileChannel channel) throws IOException {
        try {
            final @Nullable FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static long readPid(FileChannel channel) throws IOException {
        final ByteBuffer text = ByteBuffer.allocate(PID_BYTES_MAX);
        channel.read(text, 0);
        final String digits = new String(text.array(), 0, text.position(), StandardCharsets.US_ASCII).strip();
        return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : 0;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
