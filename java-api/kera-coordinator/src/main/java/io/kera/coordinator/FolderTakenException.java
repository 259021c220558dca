package io.kera.coordinator;

import java.nio.file.Path;

/** Another process, or another node of this one, owns the folder. */
public final class FolderTakenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final long ownerPid;

    FolderTakenException(Path folder, long ownerPid) {
        super("metadata_folder=" + folder + " owner_pid=" + ownerPid
                + "; a node already runs on this data: stop it, or choose another data folder");
        this.ownerPid = ownerPid;
    }

    /** 0 when the owner has not said. */
    public long ownerPid() {
        return ownerPid;
    }
}
