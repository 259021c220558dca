package io.kera.client;

/** One line of the broker's list of streams. */
public record ListedStream(String name, long id, int streamlets) {}
