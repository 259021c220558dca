/** Commands about streams: create, list, describe, alter, delete, offsets. */
@NullMarked
package io.kera.cli.stream;

import org.jspecify.annotations.NullMarked;
