package io.kera.node.control;

/** The client behind a forwarded request: where its answer goes, and which request it is for. Immutable. */
record Requester(long connectionId, int reactor, long correlationId, int templateId) {}
