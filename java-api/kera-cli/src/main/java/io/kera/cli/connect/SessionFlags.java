package io.kera.cli.connect;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.Console;
import io.kera.cli.console.ExitCode;
import io.kera.client.KeraClient;
import io.kera.client.errors.DisconnectedException;
import io.kera.client.errors.TimedOutException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which node a command talks to, and how. A mixin; one thread. */
public final class SessionFlags {
    @Option(
            names = "--uri",
            paramLabel = "URI",
            description = {
                "The node: tcp:HOST:PORT or shm:FILE. Default: KERA_URI, else where a node without configuration "
                        + "listens on this machine: shared memory if a node listens there, else tcp:127.0.0.1:4150."
            })
    private @Nullable String uri;

    @Option(
            names = "--token",
            paramLabel = "TEXT",
            description = "The token that the node requires. Default: KERA_TOKEN, which other users cannot see.")
    private @Nullable String token;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "10s",
            converter = TimeoutConverter.class,
            description = "How long to wait for an answer, such as 500ms or 1m. Default: ${DEFAULT-VALUE}.")
    private Duration timeout = Duration.ofSeconds(10);

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // picocli's, before anything is called
    private CommandSpec command;

    /** A session; the caller closes it. */
    public KeraClient connect() {
        final Console console = Console.of(command);
        final String given = uri != null ? uri : console.environment().getOrDefault("KERA_URI", "");
        final Endpoint endpoint = given.isEmpty()
                ? Endpoint.ofThisMachine(console.environment())
                : Endpoint.parse(given, uri != null ? "flag --uri" : "environment KERA_URI");
        endpoint.requireListener(timeout);
        final String secret = token != null ? token : console.environment().getOrDefault("KERA_TOKEN", "");
        try {
            return KeraClient.builder()
                    .uri(endpoint.uri())
                    .clientName(command.qualifiedName("-"))
                    .token(secret.isEmpty() ? null : secret)
                    .callTimeout(timeout)
                    .connect();
        } catch (DisconnectedException | TimedOutException e) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE,
                    "uri=" + endpoint.uri() + " (" + endpoint.origin() + "): " + e.getMessage()
                            + "; what listens there does not answer as a node does: check --uri, or give a longer"
                            + " --timeout",
                    e);
        }
    }

    public Duration timeout() {
        return timeout;
    }
}
