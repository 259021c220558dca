package io.kera.node;

import io.kera.ffi.NativeException;
import io.kera.ffi.RefusalText;
import io.kera.node.config.ConfigKey;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import io.kera.node.files.FileTrouble;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;

/**
 * Explains why the core cannot start. The core reports a code and numbers; the message names the wrong setting and what
 * to do. Any thread.
 */
final class RefusedStart {
    private static final String SHM = "shm:";
    private static final long ACCESS_DENIED = 13;
    private static final long ADDRESS_TAKEN = 98;

    private RefusedStart() {}

    static NodeStartException of(NodeConfig config, Throwable e) {
        final String text = e instanceof NativeException refusal ? explained(config, refusal) : "";
        if (e instanceof NativeException refusal && "data_folder_owner_pid".equals(refusal.what())) {
            return taken(config, refusal.value(), e);
        }
        return new NodeStartException(
                text.isEmpty()
                        ? "the core cannot start: " + e.getMessage() + " (listen=" + config.text(NodeKeys.LISTEN)
                                + " memory.arena=" + config.text(NodeKeys.MEMORY_ARENA) + " data.folder="
                                + config.text(NodeKeys.DATA_FOLDER) + ")"
                        : text,
                0,
                e);
    }

    static NodeStartException taken(NodeConfig config, long pid, Throwable cause) {
        return new NodeStartException(
                "data_folder=" + NodeFolders.data(config) + " owner_pid=" + pid
                        + "; a node already runs on this data: stop it (kill " + pid + "), or set "
                        + NodeKeys.DATA_FOLDER.flag(),
                pid,
                cause);
    }

    /** Nothing can be served at the address for metrics and health. */
    static NodeStartException withoutHttp(NodeConfig config, Exception e) {
        return new NodeStartException(
                "key=" + NodeKeys.HTTP_LISTEN + " value=" + config.get(NodeKeys.HTTP_LISTEN) + " ("
                        + FileTrouble.words(e) + "); choose another port with " + NodeKeys.HTTP_LISTEN.flag()
                        + ", 0 for any, or off",
                0,
                e);
    }

    /** The explanation; empty: there is none, and the core's own words are shown. */
    private static String explained(NodeConfig config, NativeException refusal) {
        final String what = refusal.what();
        return switch (what) {
            case "bind_errno" -> cannotListen(config, refusal.value());
            case "host_unknown_getaddrinfo" ->
                setting(config, NodeKeys.LISTEN, config.text(NodeKeys.LISTEN))
                        + "; its host is not known: give an address of this machine, such as 127.0.0.1, or 0.0.0.0";
            case "socket_path_bytes" ->
                setting(config, NodeKeys.LISTEN, config.text(NodeKeys.LISTEN)) + " socket_path_bytes=" + refusal.value()
                        + " limit=" + refusal.limit() + "; give a shorter path";
            case "data_format" ->
                setting(config, NodeKeys.DATA_FOLDER, NodeFolders.data(config).toString()) + " data_format="
                        + refusal.value() + " limit=" + refusal.limit()
                        + "; another version has written it: start that version, 'kera export' each stream, and"
                        + " 'kera import' it here into a new data folder";
            case "arena_bytes" ->
                setting(config, NodeKeys.MEMORY_ARENA, config.text(NodeKeys.MEMORY_ARENA)) + " arena_bytes="
                        + refusal.value() + " limit=" + refusal.limit() + "; this machine has no more: set "
                        + NodeKeys.MEMORY_ARENA.flag();
            case "arena_map_errno" ->
                setting(config, NodeKeys.MEMORY_ARENA, config.text(NodeKeys.MEMORY_ARENA)) + " memory.pages="
                        + config.text(NodeKeys.MEMORY_PAGES) + ": " + RefusalText.errnoWords(refusal.value())
                        + "; set " + NodeKeys.MEMORY_ARENA.flag() + " lower, or "
                        + NodeKeys.MEMORY_PAGES.flag() + "=best, which also works without huge pages;"
                        + " 'kera doctor' shows how to reserve huge pages";
            default -> "";
        };
    }

    private static String cannotListen(NodeConfig config, long errno) {
        final String advice = errno == ADDRESS_TAKEN
                ? "; another process listens there: stop it, or set " + NodeKeys.LISTEN.flag()
                : errno == ACCESS_DENIED
                        ? "; give a port of 1024 or above and a folder of your own"
                        : "; give an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all";
        return setting(config, NodeKeys.LISTEN, culprit(config.get(NodeKeys.LISTEN))) + ": "
                + RefusalText.errnoWords(errno) + advice;
    }

    private static String setting(NodeConfig config, ConfigKey<?> key, String value) {
        return "key=" + key.name() + " value=" + value + " (" + config.origin(key) + ")";
    }

    /** The core does not name the address. It is one where this process cannot listen either; else it is the socket. */
    private static String culprit(List<String> uris) {
        for (final String uri : uris) {
            if (!uri.startsWith(SHM) && !canListen(uri)) {
                return uri;
            }
        }
        return uris.stream().filter(uri -> uri.startsWith(SHM)).findFirst().orElseGet(() -> String.join(",", uris));
    }

    private static boolean canListen(String uri) {
        final int colon = uri.lastIndexOf(':');
        final String host = uri.substring("tcp:".length(), colon).replaceAll("^\\[|]$", "");
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(host, Integer.parseInt(uri.substring(colon + 1))));
            return true;
        } catch (BindException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }
}
