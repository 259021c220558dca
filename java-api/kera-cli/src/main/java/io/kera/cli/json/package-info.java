/** JSON, written and read back. */
@NullMarked
package io.kera.cli.json;

import org.jspecify.annotations.NullMarked;
