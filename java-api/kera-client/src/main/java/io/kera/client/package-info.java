/** What programs that use KerA see. */
@NullMarked
package io.kera.client;

import org.jspecify.annotations.NullMarked;
