package io.kera.client;

/** Makes bytes from an object. */
@FunctionalInterface
public interface Serializer<T> {
    byte[] write(T object);
}
