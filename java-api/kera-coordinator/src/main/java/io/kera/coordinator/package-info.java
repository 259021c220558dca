/** Decides about streams and producer ids, and remembers. */
@NullMarked
package io.kera.coordinator;

import org.jspecify.annotations.NullMarked;
