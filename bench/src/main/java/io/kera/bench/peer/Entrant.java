package io.kera.bench.peer;

/**
 * Who races, as the table names it; immutable.
 *
 * @param system as {@code --peer} takes it; several entrants may be clients of one
 * @param name as it is shown
 * @param promise when it acknowledges, and what a killed server still has of it
 */
public record Entrant(String system, String name, String promise) {}
