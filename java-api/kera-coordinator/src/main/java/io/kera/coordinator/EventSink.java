package io.kera.coordinator;

import org.agrona.DirectBuffer;

/** Takes the events of a {@link MetadataStateMachine}, each a sealed frame of schema {@code kera.codec.metadata}. */
@FunctionalInterface
public interface EventSink {
    /** The bytes are the caller's again afterwards. */
    void onEvent(DirectBuffer frame, int offset, int length);
}
