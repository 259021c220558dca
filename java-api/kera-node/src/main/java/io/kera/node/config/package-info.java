/** A node's settings: their table, their sources and their checks. */
@NullMarked
package io.kera.node.config;

import org.jspecify.annotations.NullMarked;
