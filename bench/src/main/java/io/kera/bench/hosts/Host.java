package io.kera.bench.hosts;

import java.util.ArrayList;
import java.util.List;

/**
 * A machine, and how to run something there; immutable.
 *
 * @param run words in front of every command: {@code ssh ... host}, {@code ip netns exec blue}, or none
 * @param node the command that starts a node there
 * @param client the command that is a client process there
 */
record Host(String name, List<String> run, List<String> node, List<String> client) {
    /** A whole command; a remote shell gets each word in quotes. */
    List<String> command(List<String> program, List<String> arguments) {
        final List<String> command = new ArrayList<>(run);
        for (final List<String> words : List.of(program, arguments)) {
            for (final String word : words) {
                command.add(isOverSsh() ? "'" + word.replace("'", "'\\''") + "'" : word);
            }
        }
        return command;
    }

    boolean isOverSsh() {
        return !run.isEmpty() && run.get(0).endsWith("ssh");
    }
}
