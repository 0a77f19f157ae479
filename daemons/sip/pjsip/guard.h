/* What the parts of the guard share; guard.c says what the guard is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef C8210_GUARD_H
#define C8210_GUARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* name, value at the start, meaning; guard.py and the daemon set them by name */
#define GUARD_LIMITS(X)                                                                    \
    X(body, 4000)              /* bytes of a message's body */                             \
    X(head, 4000)              /* bytes of everything before the body */                   \
    X(headers, 64)             /* headers of a message, each value of a list by itself */  \
    X(line, 1024)              /* bytes of a line of a body */                             \
    X(media, 4)                /* m= lines */                                              \
    X(crypto, 8)               /* a=crypto lines in one media */                           \
    X(candidates, 32)          /* a=candidate lines in one media */                        \
    X(ice, 256)                /* bytes of a=ice-ufrag and a=ice-pwd */                    \
    X(calls, 16)               /* calls at a time */                                       \
    X(kept, 1)                 /* of those, kept for known peers */                        \
    X(stranger_rate, 5)        /* requests per second that begin something, one source */  \
    X(stranger_burst, 20)      /* and at once */                                           \
    X(strangers_rate, 50)      /* the same, all strangers together */                      \
    X(strangers_burst, 100)                                                                \
    X(known_rate, 200)         /* the same, one known peer; and all requests in dialogs */ \
    X(known_burst, 400)                                                                    \
    X(answers_rate, 20)        /* refusals that are sent per second; more are dropped */   \
    X(answers_burst, 40)                                                                   \
    X(names, 0)                /* 1: names of hosts in a stranger's message are allowed */

#define GUARD_COUNTERS(X)                                                      \
    X(passed)              /* requests that went on to PJSIP */                \
    X(body)                /* refused, or dropped: over the limit of the name */ \
    X(head)                                                                    \
    X(headers)                                                                 \
    X(line)                                                                    \
    X(media)                                                                   \
    X(crypto)                                                                  \
    X(candidates)                                                              \
    X(ice)                                                                     \
    X(form)                /* it contradicts itself */                         \
    X(names)               /* a stranger's message would have us look a name up */ \
    X(maddr)               /* Via asks for the answer to go elsewhere */       \
    X(stray_ack)           /* belongs to no call */                            \
    X(calls)               /* all calls are taken */                           \
    X(kept)                /* the last one is kept for known peers */          \
    X(stranger_rate)       /* one stranger asks too often */                   \
    X(strangers_rate)      /* all strangers together do */                     \
    X(known_rate)          /* a known peer does, or somebody in a dialog */    \
    X(responses)           /* answers to our requests with such a body */      \
    X(answered)            /* of the above, those that were answered */        \
    X(dropped)             /* and those that were dropped without an answer */

#define GUARD_MEMBER_LIMIT(name, value) LIMIT_##name,
#define GUARD_MEMBER_COUNTER(name) COUNT_##name,
enum guard_limit { GUARD_LIMITS(GUARD_MEMBER_LIMIT) LIMITS };
enum guard_counter { GUARD_COUNTERS(GUARD_MEMBER_COUNTER) COUNTERS };

/* --- guard_body.c: no state, no PJSIP -------------------------------------------------------------------------- */

struct body_seen {
    enum guard_counter breach; /* the first limit that is broken; COUNT_passed if none is */
    bool names;                /* c=, a=rtcp or a=candidate with something else than an address */
};
struct body_seen guard_body_look(const char *text, size_t length, const uint32_t *limits);
bool guard_is_address(const char *text, size_t length);

/* --- guard_sources.c: known peers and token buckets; the caller holds the guard's lock ------------------------- */

struct source {
    uint8_t address[16]; /* IPv6; IPv4 as ::ffff:a.b.c.d */
};
struct bucket {
    uint64_t tokens; /* thousandths */
    uint64_t at;     /* ms */
};

bool guard_bucket_take(struct bucket *bucket, uint32_t rate, uint32_t burst, uint64_t now_ms);
/* The bucket of a source: of requests that begin something, or of those in a dialog. */
struct bucket *guard_source_bucket(const struct source *source, bool in_dialog, uint64_t now_ms);
void guard_sources_forget(void);

bool guard_peer_is_known(const struct source *source);
/* The number of networks, or -1 - n when the nth word is none; then nothing changes. */
int guard_peers_set(const char *text);

#endif
