package io.kera.client;

/** One stream in the broker's list. */
public record ListedStream(String name, long id, int streamlets) {}
