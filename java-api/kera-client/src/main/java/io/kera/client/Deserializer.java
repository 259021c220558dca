package io.kera.client;

import org.agrona.DirectBuffer;

/** Makes an object from bytes. */
@FunctionalInterface
public interface Deserializer<T> {
    /** The bytes are valid until this returns. */
    T read(DirectBuffer buffer, int index, int length);
}
