/** The systems that race, fetched and built on demand, each a process of its own, and the clients that run on them. */
@NullMarked
package io.kera.bench.peer;

import org.jspecify.annotations.NullMarked;
