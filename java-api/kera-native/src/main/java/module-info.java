/** libkera in this virtual machine, for the other modules of KerA alone. Needs native access. */
@SuppressWarnings({"module", "requires-automatic", "requires-transitive-automatic"})
module io.kera.ffi {
    requires transitive org.agrona;
    requires static transitive org.jspecify;

    exports io.kera.ffi to
            io.kera.client,
            io.kera.node;
}
