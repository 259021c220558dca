package io.kera.cli;

import picocli.CommandLine.IVersionProvider;

/** The version that the jar was made with. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        return new String[] {"kera " + text() + " (Java " + Runtime.version() + ")"};
    }

    static String text() {
        final String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "from its source" : version;
    }
}
