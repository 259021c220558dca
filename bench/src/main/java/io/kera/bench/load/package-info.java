/** Load that is the same whatever it is sent to: workloads, the engines that carry them, what came of them. */
@NullMarked
package io.kera.bench.load;

import org.jspecify.annotations.NullMarked;
