package io.kera.coordinator;

/** Metadata that cannot be trusted: neither started from nor written to. The message says where and what to do. */
public final class MetadataDamagedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long position;

    public MetadataDamagedException(String message) {
        this(message, 0);
    }

    /** {@code position}: in the file, where what is damaged begins. */
    MetadataDamagedException(String message, long position) {
        super(message);
        this.position = position;
    }

    /** Where in the file it begins; 0 also where no place is to blame. */
    public long position() {
        return position;
    }
}
