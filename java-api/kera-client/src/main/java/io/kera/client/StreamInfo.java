package io.kera.client;

/** A stream: name, id, term and settings, as the broker has them. */
public record StreamInfo(String name, long id, int term, StreamSettings settings) {
    public int streamlets() {
        return settings.streamlets();
    }
}
