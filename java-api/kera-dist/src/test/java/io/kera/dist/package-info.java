/** That what is handed out works where it is unpacked. */
@NullMarked
package io.kera.dist;

import org.jspecify.annotations.NullMarked;
