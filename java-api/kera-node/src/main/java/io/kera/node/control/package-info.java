/** What decides about streams: the agent that asks the coordinator and commands the core. */
@NullMarked
package io.kera.node.control;

import org.jspecify.annotations.NullMarked;
