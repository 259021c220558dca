/** Metrics and health over HTTP. */
@NullMarked
package io.kera.node.http;

import org.jspecify.annotations.NullMarked;
