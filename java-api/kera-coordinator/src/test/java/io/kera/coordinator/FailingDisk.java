package io.kera.coordinator;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/** Real files on a disk that is full, or cannot sync, when a test says so. One thread. */
final class FailingDisk implements LogFolder.Opener {
    /** Bytes that can still be written; a write that does not fit writes what does, as the system does. */
    long roomBytes = Long.MAX_VALUE;

    /** Syncs of files whose name holds this fail; empty: none does. */
    String syncFailsFor = "";

    boolean truncateFails;

    @Override
    public FileChannel open(Path file, OpenOption... options) throws IOException {
        return new Channel(file.getFileName().toString(), FileChannel.open(file, options));
    }

    private final class Channel extends FileChannel {
        private final String name;
        private final FileChannel inner;

        Channel(String name, FileChannel inner) {
            this.name = name;
            this.inner = inner;
        }

        @Override
        public int write(ByteBuffer from) throws IOException {
            final int fits = (int) Math.min(roomBytes, from.remaining());
            if (fits == 0 && from.hasRemaining()) {
                throw new IOException("No space left on device");
            }
            final ByteBuffer part = from.slice(from.position(), fits);
            while (part.hasRemaining()) {
                inner.write(part);
            }
            from.position(from.position() + fits);
            roomBytes -= fits;
            return fits;
        }

        @Override
        public void force(boolean metaData) throws IOException {
            if (!syncFailsFor.isEmpty() && name.contains(syncFailsFor)) {
                throw new IOException("Input/output error");
            }
            inner.force(metaData);
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            if (truncateFails) {
                throw new IOException("Input/output error");
            }
            inner.truncate(size);
            return this;
        }

        @Override
        public long position() throws IOException {
            return inner.position();
        }

        @Override
        public FileChannel position(long newPosition) throws IOException {
            inner.position(newPosition);
            return this;
        }

        @Override
        public long size() throws IOException {
            return inner.size();
        }

        @Override
        protected void implCloseChannel() throws IOException {
            inner.close();
        }

        @Override
        public int read(ByteBuffer into) throws IOException {
            return inner.read(into);
        }

        @Override
        public long read(ByteBuffer[] into, int offset, int length) throws IOException {
            return inner.read(into, offset, length);
        }

        @Override
        public int read(ByteBuffer into, long position) throws IOException {
            return inner.read(into, position);
        }

        @Override
        public long write(ByteBuffer[] from, int offset, int length) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int write(ByteBuffer from, long position) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) {
            throw new UnsupportedOperationException();
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) throws IOException {
            return inner.lock(position, size, shared);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return inner.tryLock(position, size, shared);
        }
    }
}
