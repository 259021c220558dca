/** Byte layouts, for the other modules of KerA alone. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module io.kera.wire {
    requires transitive kera.codec;
    requires transitive org.agrona;
    requires static transitive org.jspecify;

    exports io.kera.wire to
            io.kera.client,
            io.kera.coordinator,
            io.kera.node,
            io.kera.cli;
}
