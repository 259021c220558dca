/** The kera command. */
@NullMarked
package io.kera.cli;

import org.jspecify.annotations.NullMarked;
