package io.kera.client;

/** Makes bytes of an object. */
@FunctionalInterface
public interface Serializer<T> {
    byte[] write(T object);
}
