package io.kera.cli.connect;

import io.kera.cli.console.CommandFailure;
import io.kera.cli.console.ExitCode;
import io.kera.node.config.ConfigException;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a node listens. Any thread.
 *
 * @param origin who said so
 */
record Endpoint(String uri, String origin) {
    private static final Pattern TCP = Pattern.compile("tcp:(.+):(\\d{1,5})");
    private static final String SHM = "shm:";
    private static final int PORT_MAX = 65_535;
    private static final Integer ROOT = 0;
    private static final int OTHERS_WRITE = 022;

    /** One that somebody has written. */
    static Endpoint parse(String uri, String origin) {
        final Matcher tcp = TCP.matcher(uri);
        final boolean isTcp = tcp.matches() && isPort(tcp.group(2));
        if (!isTcp && !(uri.startsWith(SHM) && uri.length() > SHM.length())) {
            throw new CommandFailure(
                    ExitCode.MISUSED,
                    "uri=" + uri + " limit=tcp:HOST:PORT|shm:FILE (" + origin + "); give one of these");
        }
        return new Endpoint(uri, origin);
    }

    /** Where a node with this environment listens: shared memory if a node listens there, else TCP. */
    static Endpoint ofThisMachine(Map<String, String> environment) {
        final List<String> listen;
        try {
            listen = NodeConfig.parse(List.of(), environment).get(NodeKeys.LISTEN);
        } catch (ConfigException e) {
            throw new CommandFailure(ExitCode.MISUSED, e.getMessage() + "; correct it, or give --uri", e);
        }
        final String origin = "where a node listens by default";
        for (final String uri : listen) {
            if (uri.startsWith(SHM) && hasListener(socket(uri))) {
                return new Endpoint(uri + ownerOf(socket(uri), Path.of("/proc/self")), origin);
            }
        }
        return listen.stream()
                .filter(uri -> uri.startsWith("tcp:"))
                .findFirst()
                .map(uri -> new Endpoint(uri, origin))
                .orElseGet(() -> new Endpoint(listen.get(0), origin));
    }

    /** Tests the address. The client would try again until its time is over; a person must know at once. */
    void requireListener(Duration timeout) {
        final Matcher tcp = TCP.matcher(uri);
        try {
            if (tcp.matches()) {
                knock(tcp.group(1).replaceAll("^\\[|]$", ""), Integer.parseInt(tcp.group(2)), timeout);
            } else {
                knock(socket(uri));
            }
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.UNREACHABLE,
                    "uri=" + uri + " (" + origin + "): " + e.getMessage()
                            + "; start a node with 'kera node', or name another one with --uri",
                    e);
        }
    }

    private static void knock(String host, int port, Duration timeout) throws IOException {
        final InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new IOException("host " + host + " is not known");
        }
        try (Socket socket = new Socket()) {
            socket.connect(address, Math.toIntExact(timeout.toMillis()));
        }
    }

    /**
     * Whose node it may be, for the client, which otherwise accepts only root and the own user. The owner of the socket's
     * folder, where root alone could give him that folder: that of a service, such as /run/kera.
     *
     * @param self a file of this process's user
     */
    static String ownerOf(Path socket, Path self) {
        final Path folder = socket.toAbsolutePath().getParent();
        final Path above = folder == null ? null : folder.getParent();
        if (folder == null || above == null) {
            return "";
        }
        try {
            final Object owner = Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS);
            final int mode = (Integer) Files.getAttribute(above, "unix:mode", LinkOption.NOFOLLOW_LINKS);
            final boolean rootGaveIt = Files.getAttribute(above, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                            .equals(ROOT)
                    && (mode & OTHERS_WRITE) == 0;
            return rootGaveIt && !owner.equals(ROOT) && !owner.equals(Files.getAttribute(self, "unix:uid"))
                    ? "?uid=" + owner
                    : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** Behind the path may be the user whose node it is, {@code ?uid=998}; the client looks at that. */
    private static Path socket(String uri) {
        return Path.of(uri.substring(SHM.length()).replaceFirst("\\?uid=\\d+$", ""));
    }

    private static boolean hasListener(Path socket) {
        try {
            knock(socket);
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * A node's socket is of another type than Java can open. So a node that listens is not disturbed: the kernel refuses
     * the type. Where nobody listens any more, it refuses the connection.
     */
    private static void knock(Path socket) throws IOException {
        if (!Files.exists(socket)) {
            throw new IOException("there is no such socket");
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            throw new IOException("not a node's socket: " + channel.getRemoteAddress());
        } catch (ConnectException e) {
            throw new IOException("its socket is there, and nobody listens", e);
        } catch (SocketException e) {
            if (String.valueOf(e.getMessage()).contains("Permission denied")) {
                throw e;
            }
        }
    }

    private static boolean isPort(String digits) {
        final int port = Integer.parseInt(digits);
        return port > 0 && port <= PORT_MAX;
    }
}
