/** A node as a service: what it tells the program that runs it, such as systemd, and when it says nothing. */
@NullMarked
package io.kera.node.service;

import org.jspecify.annotations.NullMarked;
