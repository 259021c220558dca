package io.kera.coordinator;

/** Metadata that cannot be trusted: neither started from nor written to. The message says where and what to do. */
public final class MetadataDamagedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MetadataDamagedException(String message) {
        super(message);
    }
}
