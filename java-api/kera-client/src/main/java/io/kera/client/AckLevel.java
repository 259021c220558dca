package io.kera.client;

/** What an acknowledgement promises. A higher level includes the lower ones. */
public enum AckLevel {
    /** Nothing: the broker sends no acknowledgement. */
    NONE,
    /** The record is in the leader's memory. It survives the loss of the connection, and a kill of the leader's process. */
    LEADER,
    /** The record is in the memory of enough nodes. There are no backups yet, so today this is as {@link #LEADER}. */
    REPLICAS,
    /** The record is on the disk of enough nodes (today: of the leader). It survives a power cut. */
    DISK
}
