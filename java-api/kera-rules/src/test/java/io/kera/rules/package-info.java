/** The laws of the house, as tests. */
@NullMarked
package io.kera.rules;

import org.jspecify.annotations.NullMarked;
