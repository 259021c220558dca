package io.kera.cli.dump;

/** Positions of a virtual log from {@code first} to before {@code end}. Immutable. */
record PositionRange(long first, long end) {}
