/** Codecs that are generated from the schemas. Programs do not need them: the client has its own words for everything. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module kera.codec {
    requires transitive org.agrona;

    exports kera.codec.chunk to
            io.kera.wire,
            io.kera.cli;
    exports kera.codec.client to
            io.kera.wire,
            io.kera.client,
            io.kera.node;
    exports kera.codec.control to
            io.kera.wire,
            io.kera.node;
    exports kera.codec.disk to
            io.kera.wire,
            io.kera.cli;
    exports kera.codec.metadata to
            io.kera.wire,
            io.kera.coordinator,
            io.kera.node,
            io.kera.cli;
}
