package io.kera.coordinator;

/** A node that has registered. Immutable; {@code incarnation} counts its processes from 1. */
public record NodeMetadata(int id, String name, long incarnation) {}
