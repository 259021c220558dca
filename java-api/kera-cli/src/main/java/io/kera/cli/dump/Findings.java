package io.kera.cli.dump;

import io.kera.cli.console.JsonObject;
import java.nio.file.Path;
import java.util.List;

/** What a dump has found: tells it, and counts files and damage. One thread. */
final class Findings {
    private final Shown shown;
    private final boolean damagedOnly;
    private long files;
    private long damaged;
    private boolean any;

    Findings(Shown shown, boolean damagedOnly) {
        this.shown = shown;
        this.damagedOnly = damagedOnly;
    }

    Shown shown() {
        return shown;
    }

    void addFile(Path path, String kind, List<Problem> problems, String text, JsonObject facts) {
        files++;
        addWhole(path, kind, problems, text, facts);
    }

    /** Of several files, which are counted one by one. */
    void addWhole(Path path, String kind, List<Problem> problems, String text, JsonObject facts) {
        any = true;
        if (!problems.isEmpty()) {
            damaged++;
        }
        if (!damagedOnly || !problems.isEmpty()) {
            shown.thing(path, kind, problems, text, facts);
        }
    }

    boolean isEmpty() {
        return !any;
    }

    long files() {
        return files;
    }

    long damaged() {
        return damaged;
    }
}
