/** Commands that send and print records: produce, consume. */
@NullMarked
package io.kera.cli.record;

import org.jspecify.annotations.NullMarked;
