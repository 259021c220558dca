/** What every command talks to, prints with, and ends with. */
@NullMarked
package io.kera.cli.console;

import org.jspecify.annotations.NullMarked;
