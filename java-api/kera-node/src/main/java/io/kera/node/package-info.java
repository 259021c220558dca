/** One node: the native core and the agents that drive it. */
@NullMarked
package io.kera.node;

import org.jspecify.annotations.NullMarked;
