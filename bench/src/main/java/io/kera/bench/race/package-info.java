/** Racing KerA against others: their processes, rounds in alternation, and the rows that come out. */
@NullMarked
package io.kera.bench.race;

import org.jspecify.annotations.NullMarked;
