/** Charts as SVG, from results as JSON. */
@NullMarked
package io.kera.bench.plot;

import org.jspecify.annotations.NullMarked;
