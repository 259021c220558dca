/** The exceptions that calls throw and callbacks get: one sealed family, with codes that never change. */
@NullMarked
package io.kera.client.errors;

import org.jspecify.annotations.NullMarked;
