/** How batches are read where they were received, and how far each streamlet was read. */
@NullMarked
package io.kera.client.consume;

import org.jspecify.annotations.NullMarked;
