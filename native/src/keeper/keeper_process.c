/* kera-keeper: holds a node's memory while no node does. It maps and reads nothing. A node that is
 * killed loses its connection; the next node of the data folder connects and takes the memory. When
 * none comes in time, or the data folder is gone, it ends, and with it the memory.
 *
 * kera-keeper SOCKET_PATH SECONDS, with the listening socket as descriptor 3. It goes to the
 * background by itself, so its parent has not long to wait. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper_protocol.hpp"

/* Kernels before 5.9 cannot close all descriptors at once. */
enum { NONE = -1, LOOK_MS = 1000, DESCRIPTORS_BEFORE_5_9 = 4096 };

struct keeper {
    const char* socket_path;
    struct stat socket_file;
    long seconds_max;
    long seconds_alone;
    int listener;
    int node;
    int kept[KERA_KEPT_DESCRIPTORS];
};

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int) * KERA_KEPT_DESCRIPTORS)];
};

static void close_one(int* descriptor) {
    if (*descriptor != NONE) {
        close(*descriptor);
    }
    *descriptor = NONE;
}

static void drop(struct keeper* keeper) {
    for (int at = 0; at < KERA_KEPT_DESCRIPTORS; ++at) {
        close_one(&keeper->kept[at]);
    }
}

static bool answer(struct keeper* keeper, char word, bool with_kept) {
    struct iovec text = {&word, 1};
    union control control;
    memset(&control, 0, sizeof(control));
    struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};
    if (with_kept && keeper->kept[0] != NONE) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        struct cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(keeper->kept));
        memcpy(CMSG_DATA(header), keeper->kept, sizeof(keeper->kept));
    }
    return sendmsg(keeper->node, &message, MSG_NOSIGNAL) == 1;
}

/* Replaces what is kept by the descriptors in `message`, if they are all there. */
static bool keep(struct keeper* keeper, struct msghdr* message) {
    struct cmsghdr* header = CMSG_FIRSTHDR(message);
    if (header == NULL || header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS ||
        header->cmsg_len != CMSG_LEN(sizeof(keeper->kept)) ||
        (message->msg_flags & MSG_CTRUNC) != 0) {
        return false;
    }
    drop(keeper);
    memcpy(keeper->kept, CMSG_DATA(header), sizeof(keeper->kept));
    return answer(keeper, KERA_KEEPER_KEEP, false);
}

/* Does what the node asks for; false when it is gone, or makes no sense. */
static bool serve(struct keeper* keeper) {
    char word = 0;
    struct iovec text = {&word, 1};
    union control control;
    memset(&control, 0, sizeof(control));
    struct msghdr message = {.msg_iov = &text,
                             .msg_iovlen = 1,
                             .msg_control = control.bytes,
                             .msg_controllen = sizeof(control.bytes)};
    if (recvmsg(keeper->node, &message, MSG_CMSG_CLOEXEC) != 1) {
        return false;
    }
    switch (word) {
        case KERA_KEEPER_TAKE:
            return answer(keeper, word, true);
        case KERA_KEEPER_DROP:
            drop(keeper);
            return answer(keeper, word, false);
        case KERA_KEEPER_KEEP:
            return keep(keeper, &message);
        case KERA_KEEPER_FORGET:
            exit(EXIT_SUCCESS);
        default:
            return false;
    }
}

static bool is_own_user(int socket) {
    struct ucred peer;
    socklen_t bytes = sizeof(peer);
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

/* The data folder allows one node at a time, so a new one means that the one before is dead. */
static void welcome(struct keeper* keeper) {
    int node = accept4(keeper->listener, NULL, NULL, SOCK_CLOEXEC);
    if (node < 0) {
        return;
    }
    if (!is_own_user(node)) {
        close(node);
        return;
    }
    close_one(&keeper->node);
    keeper->node = node;
    keeper->seconds_alone = 0;
}

/* Nobody finds the way to a keeper whose socket's name is gone, or another's. */
static bool can_be_found(const struct keeper* keeper) {
    struct stat now;
    return stat(keeper->socket_path, &now) == 0 && now.st_ino == keeper->socket_file.st_ino &&
           now.st_dev == keeper->socket_file.st_dev;
}

static void run(struct keeper* keeper) {
    for (;;) {
        struct pollfd ready[2] = {{keeper->listener, POLLIN, 0}, {keeper->node, POLLIN, 0}};
        const int count = poll(ready, 2, keeper->node == NONE ? LOOK_MS : -1);
        if (count < 0 && errno != EINTR) {
            return;
        }
        if (count == 0) {
            ++keeper->seconds_alone;
            if (keeper->seconds_alone >= keeper->seconds_max || !can_be_found(keeper)) {
                return;
            }
        }
        if (count > 0 && ready[1].revents != 0 && !serve(keeper)) {
            close_one(&keeper->node);
        }
        if (count > 0 && ready[0].revents != 0) {
            welcome(keeper);
        }
    }
}

/* Away from the terminal and its signals, and from whatever else the node has open. */
static void leave_parent(void) {
    const pid_t child = fork();
    if (child != 0) {
        _exit(child > 0 ? EXIT_SUCCESS : EXIT_FAILURE);
    }
    setsid();
    /* It was started from a file without a name. */
    prctl(PR_SET_NAME, "kera-keeper");
    signal(SIGINT, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    const int nothing = open("/dev/null", O_RDWR);
    for (int at = 0; at < KERA_KEEPER_LISTENER; ++at) {
        dup2(nothing, at);
    }
    if (syscall(SYS_close_range, KERA_KEEPER_LISTENER + 1, ~0U, 0) != 0) {
        for (int at = KERA_KEEPER_LISTENER + 1; at < DESCRIPTORS_BEFORE_5_9; ++at) {
            close(at);
        }
    }
    if (chdir("/") != 0) {
        _exit(EXIT_FAILURE);
    }
}

int main(int argc, char** argv) {
    if (argc != 3) {
        return EXIT_FAILURE;
    }
    struct keeper keeper = {.socket_path = argv[1],
                            .seconds_max = atol(argv[2]),
                            .listener = KERA_KEEPER_LISTENER,
                            .node = NONE,
                            .kept = {NONE, NONE}};
    if (stat(keeper.socket_path, &keeper.socket_file) != 0) {
        return EXIT_FAILURE;
    }
    leave_parent();
    run(&keeper);
    /* A node that comes now starts another keeper. */
    if (can_be_found(&keeper)) {
        unlink(keeper.socket_path);
    }
    return EXIT_SUCCESS;
}
