package io.kera.cli;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.Console;

/**
 * A command that stands right below {@code kera} and is not part of this module. It is found by {@link
 * java.util.ServiceLoader}: whatever jar is on the class path may bring one. One thread.
 *
 * <p>The command throws {@link CommandFailure} where it fails, and finds its streams by {@link Console}.
 */
public interface CommandProvider {
    /** A new object that has picocli's {@code @Command} with a name of its own. */
    Object command();
}
