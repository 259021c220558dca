/** Shows a newcomer that it works: a node, a few gigabytes in, all of it back and compared. */
@NullMarked
package io.kera.cli.quickstart;

import org.jspecify.annotations.NullMarked;
