/** What a call throws when it fails, and what a callback is told: one sealed family, with codes that never change. */
@NullMarked
package io.kera.client.errors;

import org.jspecify.annotations.NullMarked;
