/** What the start of a node has to know about files and their owners. */
@NullMarked
package io.kera.node.files;

import org.jspecify.annotations.NullMarked;
