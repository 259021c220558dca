/** One node: how it starts, serves and stops, in a Java program or as a process. */
@NullMarked
package io.kera.node;

import org.jspecify.annotations.NullMarked;
