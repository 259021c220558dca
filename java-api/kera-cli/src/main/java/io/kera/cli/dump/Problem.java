package io.kera.cli.dump;

/**
 * Something in a file that is not as it was written. Immutable.
 *
 * @param at where it begins, in the file or, in a journal, in the virtual log
 * @param bytes how much of it cannot be used; 0: not known
 */
record Problem(long at, long bytes, String what) {}
