package io.kera.client;

/** A stream as the broker has it. */
public record StreamInfo(String name, long id, int term, StreamSettings settings) {
    public int streamlets() {
        return settings.streamlets();
    }
}
