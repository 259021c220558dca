/** The client: sessions, producers, consumers and administration. Other packages are internal. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"})
module io.kera.client {
    requires io.kera.ffi;
    requires io.kera.wire;
    requires transitive org.agrona;
    requires static transitive org.jspecify;

    exports io.kera.client;
    exports io.kera.client.errors;
}
