/** JSON, written and read back. */
@NullMarked
package io.kera.bench.json;

import org.jspecify.annotations.NullMarked;
