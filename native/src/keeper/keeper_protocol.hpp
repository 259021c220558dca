/* What a node and its keeper say to each other: one byte each, over a socket of type SEQPACKET,
 * descriptors beside it. C, because the keeper is a C program. */
#pragma once

/* Descriptors that a keeper holds for a node: see memory_keeper.hpp. */
#define KERA_KEPT_DESCRIPTORS 2

/* In the data folder. */
#define KERA_KEEPER_SOCKET "keeper.sock"

enum kera_keeper_word {
    KERA_KEEPER_TAKE = 't',   /* answered with TAKE, and with the descriptors if it holds any */
    KERA_KEEPER_DROP = 'd',   /* closes them; answered with DROP */
    KERA_KEEPER_KEEP = 'k',   /* with descriptors, instead of those before; answered with KEEP */
    KERA_KEEPER_FORGET = 'f', /* closes them and ends; not answered */
};

/* The keeper is started with the listening socket as this descriptor. */
#define KERA_KEEPER_LISTENER 3
