package io.kera.cli.doctor;

import io.kera.node.config.ConfigException;
import io.kera.node.config.NodeConfig;
import io.kera.node.config.NodeKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Where a node with this environment keeps its data. Immutable.
 *
 * @param existing the folder itself, or the nearest above it that is there
 */
record DataFolder(Path path, Path existing) {
    static DataFolder of(Map<String, String> environment) {
        NodeConfig config;
        try {
            config = NodeConfig.parse(List.of(), environment);
        } catch (ConfigException e) {
            config = NodeConfig.defaults();
        }
        final Path path = Path.of(config.get(NodeKeys.DATA_FOLDER)).toAbsolutePath();
        Path existing = path;
        while (!Files.isDirectory(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        return new DataFolder(path, existing);
    }

    String fileSystem() {
        try {
            return Files.getFileStore(existing).type();
        } catch (IOException e) {
            return "unknown file system";
        }
    }
}
