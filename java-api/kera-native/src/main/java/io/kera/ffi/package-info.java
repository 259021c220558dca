/** The native library: finding it, loading it, and views of its memory. */
@NullMarked
package io.kera.ffi;

import org.jspecify.annotations.NullMarked;
