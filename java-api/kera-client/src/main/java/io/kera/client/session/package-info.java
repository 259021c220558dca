/** What producers, consumers and administration share: calls to the broker, refusals, checks of options. */
@NullMarked
package io.kera.client.session;

import org.jspecify.annotations.NullMarked;
