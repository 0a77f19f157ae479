/* What the parts of the guard share; guard.c says what the guard is.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef C8210_GUARD_H
#define C8210_GUARD_H

#include <netinet/in.h>
#include <pjsip.h>
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
    X(stranger_links, 16)      /* TCP and TLS connections of one source at a time */       \
    X(strangers_links, 128)    /* of all strangers together */                             \
    X(known_links, 64)         /* of one known peer */                                     \
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
    X(method)              /* none that we have */                             \
    X(extension)           /* requires one that we do not have */              \
    X(unwanted)            /* nothing here has to do with it */                \
    X(calls)               /* all calls are taken */                           \
    X(kept)                /* the last one is kept for known peers */          \
    X(stranger_rate)       /* one stranger asks too often */                   \
    X(strangers_rate)      /* all strangers together do */                     \
    X(known_rate)          /* a known peer does, or somebody in a dialog */    \
    X(responses)           /* answers to our requests with such a body */      \
    X(connections)         /* closed at once: their source has enough of them */ \
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

/* --- guard_message.c: no state --------------------------------------------------------------------------------- */

/* The body as it was received; empty if there is none. */
const char *guard_message_body(const pjsip_rx_data *rdata, size_t *length);
bool guard_message_contradicts(const pjsip_rx_data *rdata, size_t body_length);
bool guard_message_names(const pjsip_rx_data *rdata);
bool guard_message_belongs(pjsip_rx_data *rdata);

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
bool guard_same_source(const struct source *one, const struct source *other);
void guard_sources_forget(void);

bool guard_peer_is_known(const struct source *source);
/* The number of networks, or -1 - n when the nth word is none; then nothing changes. */
int guard_peers_set(const char *text);

/* --- guard_connections.c; the caller holds the guard's lock ---------------------------------------------------- */

bool guard_source_of(const struct sockaddr *address, struct source *source, in_port_t *port);
/* Whether a connection that was accepted may stay. */
bool guard_connection_may(int descriptor, const struct source *source, in_port_t port, bool known,
                          const uint32_t *limits);
void guard_connections_forget(void);

/* --- guard_methods.c: no lock ---------------------------------------------------------------------------------- */

bool guard_method_is_allowed(const pjsip_rx_data *rdata);
bool guard_requires_too_much(const pjsip_rx_data *rdata);
/* Say what of it we do not have. */
void guard_add_unsupported(pjsip_rx_data *rdata, pjsip_hdr *list);
/* Add what we can to the headers of an answer: PJSIP_H_ALLOW, PJSIP_H_ACCEPT or PJSIP_H_SUPPORTED. */
void guard_add_capability(pjsip_rx_data *rdata, pjsip_hdr *list, int header);
/* Answer OPTIONS within a dialog; whether it was that. */
bool guard_answer_question(pjsip_rx_data *rdata);

#endif
