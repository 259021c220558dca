/** Flyweights and small helpers over the generated codecs. */
@NullMarked
package io.kera.wire;

import org.jspecify.annotations.NullMarked;
