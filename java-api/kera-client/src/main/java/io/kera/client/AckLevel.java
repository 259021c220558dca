package io.kera.client;

/** What an acknowledgement promises; a higher level includes the lower ones. */
public enum AckLevel {
    /** Nothing: there is none. */
    NONE,
    /** In the leader's memory: survives the loss of the connection. */
    LEADER,
    /** In the memory of enough nodes. */
    REPLICAS,
    /** On stable storage of enough nodes: survives a power cut. */
    DISK
}
