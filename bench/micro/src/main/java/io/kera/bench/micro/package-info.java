/** Nanoseconds of single steps, by JMH. */
@NullMarked
package io.kera.bench.micro;

import org.jspecify.annotations.NullMarked;
