package io.kera.node.config;

/** A wrong configuration. The message names key, value, limit, origin, and what to do. */
public final class ConfigException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ConfigException(String message) {
        super(message);
    }
}
