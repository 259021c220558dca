/** What the machine is like, as far as KerA cares. */
@NullMarked
package io.kera.cli.doctor;

import org.jspecify.annotations.NullMarked;
