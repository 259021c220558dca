/** The Java client: sessions, producers, consumers and administration. */
@NullMarked
package io.kera.client;

import org.jspecify.annotations.NullMarked;
