/** How records get into chunks that are sent, and what becomes of those chunks. */
@NullMarked
package io.kera.client.produce;

import org.jspecify.annotations.NullMarked;
