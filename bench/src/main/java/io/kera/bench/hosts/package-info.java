/** Load on several machines, described by a file. */
@NullMarked
package io.kera.bench.hosts;

import org.jspecify.annotations.NullMarked;
