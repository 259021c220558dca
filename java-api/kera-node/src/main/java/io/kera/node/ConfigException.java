package io.kera.node;

/** A configuration that cannot be: the message names key, value, limit, where it came from, and what to do. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
