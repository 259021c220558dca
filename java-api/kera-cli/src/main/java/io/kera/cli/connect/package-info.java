/** Which node, stream, streamlets and time a command is about. */
@NullMarked
package io.kera.cli.connect;

import org.jspecify.annotations.NullMarked;
