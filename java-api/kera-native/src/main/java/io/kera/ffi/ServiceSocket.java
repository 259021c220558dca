package io.kera.ffi;

import java.nio.charset.StandardCharsets;

/**
 * The socket of the program that runs this process as a service, such as systemd. Java has no sockets of this kind. Any
 * thread; nothing stays open.
 */
public final class ServiceSocket {
    private ServiceSocket() {}

    /**
     * Sends a text in one datagram. Waits for at most a second.
     *
     * @param socket a file, or behind {@code @} a name that is no file, as in {@code NOTIFY_SOCKET}
     * @return 0, or the error number that says why it was not sent
     */
    public static int send(String socket, String text) {
        NativeLibrary.load();
        return NativeCalls.notifyService(
                socket.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_8));
    }
}
