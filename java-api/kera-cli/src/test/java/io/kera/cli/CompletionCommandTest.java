package io.kera.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.kera.cli.console.ExitCode;
import io.kera.cli.testing.CommandRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompletionCommandTest {
    @TempDir
    Path folder;

    private String complete(String words) throws IOException, InterruptedException {
        final Path script = folder.resolve("kera");
        Files.write(
                script, CommandRun.of("completion", "bash").expect(ExitCode.OK).bytes());
        final int last = words.split(" ", -1).length - 1;
        final Process bash = new ProcessBuilder(
                        "bash",
                        "-c",
                        "source " + script + "; compopt() { :; }; COMP_WORDS=(" + words.strip()
                                + (words.endsWith(" ") ? " ''" : "") + "); COMP_CWORD=" + last
                                + "; _complete_kera; echo ${COMPREPLY[@]}")
                .redirectErrorStream(true)
                .start();
        final String answer = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, bash.waitFor(), answer);
        return answer.strip();
    }

    @Test
    void completesCommandsFlagsAndValues() throws Exception {
        assertEquals("create", complete("kera stream cr"));
        assertTrue(complete("kera ").contains("stream"));
        assertEquals("--follow --format", complete("kera consume --fo"));
        assertEquals("NONE LEADER REPLICAS DISK", complete("kera produce --acks "));
        assertEquals(
                "--memory-arena --memory-loaded --memory-pages --memory-touch --memory-kept",
                complete("kera node --mem"));
        assertEquals("spin backoff park", complete("kera node --reactors-idle "));
        assertTrue(complete("kera help ").contains("quickstart"));
    }

    @Test
    void letsZshUnderstandIt() {
        assertTrue(CommandRun.of("completion", "zsh").expect(ExitCode.OK).out().startsWith("autoload -U +X compinit"));
    }

    @Test
    void knowsNoOtherShell() {
        assertTrue(CommandRun.of("completion", "fish")
                .expect(ExitCode.MISUSED)
                .err()
                .contains("[BASH, ZSH]"));
        CommandRun.of("completion").expect(ExitCode.MISUSED);
    }
}
