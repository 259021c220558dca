package io.kera.bench.peer;

/**
 * Who was to race and did not; immutable. A row without it cannot meet a target.
 *
 * @param system as {@code --peer} takes it
 * @param name of the contestant
 * @param why in one line
 */
public record Absent(String system, String name, String why) {
    /** For people. */
    public String text() {
        return "NOT RACED: " + name + ", " + why;
    }
}
