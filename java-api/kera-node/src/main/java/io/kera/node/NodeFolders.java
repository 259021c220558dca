package io.kera.node;

import io.kera.node.config.ConfigKey;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import io.kera.node.files.FileTrouble;
import io.kera.node.files.SocketFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Makes the folders that a node needs before it opens anything. Any thread; the folders stay when the node stops. */
final class NodeFolders {
    private static final String SHM = "shm:";

    private NodeFolders() {}

    static Path data(NodeConfig config) {
        return Path.of(config.get(NodeKeys.DATA_FOLDER));
    }

    static Path metadata(NodeConfig config) {
        return data(config).resolve("metadata");
    }

    static void make(NodeConfig config) {
        if (config.get(NodeKeys.DATA_KEEP)) {
            make(data(config), NodeKeys.DATA_FOLDER, config);
            requireWritable(data(config), config);
        }
        for (final String uri : config.get(NodeKeys.LISTEN)) {
            final Path parent = uri.startsWith(SHM)
                    ? Path.of(uri.substring(SHM.length())).toAbsolutePath().getParent()
                    : null;
            if (parent != null) {
                makeForSocket(parent, config);
            }
        }
    }

    private static void requireWritable(Path folder, NodeConfig config) {
        if (!Files.isWritable(folder) || !Files.isExecutable(folder) || !Files.isReadable(folder)) {
            throw new NodeStartException(
                    "key=" + NodeKeys.DATA_FOLDER.name() + " folder=" + folder + " user="
                            + System.getProperty("user.name")
                            + " permission denied; give that user all rights to it, or set "
                            + NodeKeys.DATA_FOLDER.flag() + " (" + config.origin(NodeKeys.DATA_FOLDER) + ")",
                    0,
                    null);
        }
    }

    private static void makeForSocket(Path folder, NodeConfig config) {
        try {
            SocketFolder.make(folder, SocketFolder.ownUid());
        } catch (IOException e) {
            throw new NodeStartException(
                    "key=" + NodeKeys.LISTEN.name() + " folder=" + folder + " cannot hold a socket ("
                            + FileTrouble.words(e) + "); remove it or make it yours alone (chmod 700), or set "
                            + NodeKeys.LISTEN.flag() + " (" + config.origin(NodeKeys.LISTEN) + ")",
                    0,
                    e);
        }
    }

    /** Only the node's user may use a new folder, because data and sockets are private. */
    private static void make(Path folder, ConfigKey<?> key, NodeConfig config) {
        try {
            if (!Files.isDirectory(folder)) {
                Files.createDirectories(
                        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw new NodeStartException(
                    "key=" + key.name() + " folder=" + folder + " cannot be made (" + FileTrouble.words(e)
                            + "); make it, or set " + key.flag() + " (" + config.origin(key) + ")",
                    0,
                    e);
        }
    }
}
