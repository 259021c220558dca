/** Files of a node, read and verified without it; the formats are in sbe-schemas/disk-files.md and chunk.md. */
@NullMarked
package io.kera.cli.dump;

import org.jspecify.annotations.NullMarked;
