/** Measuring KerA, and racing it against others. */
@NullMarked
package io.kera.bench;

import org.jspecify.annotations.NullMarked;
