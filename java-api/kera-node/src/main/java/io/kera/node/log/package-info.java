/** Log lines of a node and of its core. */
@NullMarked
package io.kera.node.log;

import org.jspecify.annotations.NullMarked;
