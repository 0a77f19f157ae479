/* The guard: a module of PJSIP that looks at each message before anything of PJSIP but its parser does.
 *
 * PJSIP answers whoever asks, and has a history of errors that one message from a stranger can reach. The guard stands
 * before the transaction layer. It refuses or drops what no honest message has (guard_body.c), what comes too often
 * (guard_sources.c), connections beyond what one can need (guard_connections.c), and calls there is no room for; it
 * answers what PJSIP would leave without a good answer (guard_methods.c). Refusals are sent without a transaction and only so many a second;
 * beyond that, messages are dropped in silence. Nothing is allocated for a message that passes or is dropped, but for
 * PJSIP's own key of a transaction, which comes from the pool of the received message.
 *
 * Who is known: the networks that guard_peers was told, i.e. registrars, proxies, and the peers of accounts.
 *
 * The API, for stack/guard.py by ctypes on the extension's own file. Any thread may call it.
 *
 *   int c8210_guard_install(void)             after Endpoint.libInit, from the thread that made the endpoint; again after
 *                                             each libInit, for libDestroy takes it away. 0, or PJSIP's status.
 *                                             Counters and buckets begin anew; limits and peers stay.
 *   int c8210_guard_limits(void)              how many limits there are
 *   const char *c8210_guard_limit_name(int)   NULL if there is none of that number; so for counters
 *   uint32_t c8210_guard_limit(int)
 *   int c8210_guard_set_limit(int, uint32_t)  0, or -1 for a number that is none
 *   int c8210_guard_set_peers(const char *)   networks as text, apart by blanks or commas: "192.0.2.7 2001:db8::/32".
 *                                             How many, or -1 - n when the nth word is none; then nothing changes.
 *   int c8210_guard_counters(void)
 *   const char *c8210_guard_counter_name(int)
 *   uint64_t c8210_guard_counter(int)
 *   int c8210_guard_slots(void)               PJSUA_MAX_CALLS of this build
 *
 * The limits and counters are listed in guard.h.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <pjsip.h>
#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

#include <pthread.h>
#include <string.h>
#include <time.h>

#define EXPORT __attribute__((visibility("default")))

#define VALUE(name, value) value,
#define LIMIT_NAME(name, value) #name,
#define COUNTER_NAME(name) #name,
static uint32_t limits[LIMITS] = {GUARD_LIMITS(VALUE)};
static uint64_t counters[COUNTERS];
static const char *const limit_names[LIMITS] = {GUARD_LIMITS(LIMIT_NAME)};
static const char *const counter_names[COUNTERS] = {GUARD_COUNTERS(COUNTER_NAME)};

/* One lock for everything of the guard. It is never held while PJSIP is called. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct bucket all_strangers, answers_to_known, answers_to_strangers;

EXPORT uint32_t c8210_guard_limit(int n) {
    pthread_mutex_lock(&lock);
    uint32_t value = n >= 0 && n < LIMITS ? limits[n] : 0;
    pthread_mutex_unlock(&lock);
    return value;
}

struct refusal {
    int code; /* 0: none */
    enum guard_counter counter;
};

static uint64_t now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000;
}

/* --- what a message is ----------------------------------------------------------------------------------------- */

static struct source source_of(const pjsip_rx_data *rdata) {
    struct source source;
    in_port_t port;

    guard_source_of((const struct sockaddr *)&rdata->pkt_info.src_addr, &source, &port);
    return source;
}

/* Which limit the whole of a message breaks, be it a request or an answer; the caller holds the lock. */
static enum guard_counter breach_of(const pjsip_rx_data *rdata, size_t body_length, const struct body_seen *seen,
                                    bool contradictory) {
    const pjsip_msg *msg = rdata->msg_info.msg;
    uint32_t count = 0;

    for (const pjsip_hdr *hdr = msg->hdr.next; hdr != &msg->hdr; hdr = hdr->next)
        count++;
    if (count > limits[LIMIT_headers])
        return COUNT_headers;
    if ((size_t)rdata->msg_info.len > body_length + limits[LIMIT_head])
        return COUNT_head;
    return contradictory ? COUNT_form : seen->breach;
}

/* --- what becomes of it ---------------------------------------------------------------------------------------- */

static struct refusal refuse(int code, enum guard_counter counter) {
    return (struct refusal){code, counter};
}

static int code_of_breach(enum guard_counter breach) {
    switch (breach) {
    case COUNT_body:
        return PJSIP_SC_REQUEST_ENTITY_TOO_LARGE;
    case COUNT_form:
    case COUNT_head:
    case COUNT_headers:
    case COUNT_line:
        return PJSIP_SC_BAD_REQUEST;
    default:
        return PJSIP_SC_NOT_ACCEPTABLE_HERE;
    }
}

/* Whether it may ask now. The caller holds the lock. */
static struct refusal throttle(const struct source *source, bool known, bool part) {
    uint64_t at = now();
    struct bucket *bucket = guard_source_bucket(source, part, at);

    if (known || part) {
        if (!guard_bucket_take(bucket, limits[LIMIT_known_rate], limits[LIMIT_known_burst], at))
            return refuse(PJSIP_SC_SERVICE_UNAVAILABLE, COUNT_known_rate);
    } else if (!guard_bucket_take(bucket, limits[LIMIT_stranger_rate], limits[LIMIT_stranger_burst], at)) {
        return refuse(PJSIP_SC_SERVICE_UNAVAILABLE, COUNT_stranger_rate);
    } else if (!guard_bucket_take(&all_strangers, limits[LIMIT_strangers_rate], limits[LIMIT_strangers_burst], at)) {
        return refuse(PJSIP_SC_SERVICE_UNAVAILABLE, COUNT_strangers_rate);
    }
    return refuse(0, COUNT_passed);
}

/* How many more calls there can be. One that was hung up is none any more, but PJSIP keeps its slot until the peer has
 * answered the BYE, or 32 s if it is gone. */
static uint32_t room_for_calls(uint32_t limit) {
    uint32_t most = pjsua_call_get_max_count(), live = 0, slots = most - PJ_MIN(most, pjsua_call_get_count());

    for (uint32_t call = 0; call < most; call++)
        live += pjsua_call_is_active((pjsua_call_id)call) ? 1 : 0;
    return PJ_MIN(slots, limit - PJ_MIN(limit, live));
}

/* The caller holds the lock. */
static struct refusal admit(uint32_t room, bool known) {
    if (room == 0)
        return refuse(PJSIP_SC_BUSY_HERE, COUNT_calls);
    if (!known && room <= limits[LIMIT_kept])
        return refuse(PJSIP_SC_BUSY_HERE, COUNT_kept);
    return refuse(0, COUNT_passed);
}

static struct refusal judge(pjsip_rx_data *rdata, const struct source *source, bool *known) {
    pjsip_method_e method = rdata->msg_info.msg->line.req.method.id;
    size_t length;
    const char *body = guard_message_body(rdata, &length);
    bool part = guard_message_belongs(rdata), named = guard_message_names(rdata), contradictory = guard_message_contradicts(rdata, length);
    bool begins = method == PJSIP_INVITE_METHOD && !part;
    bool allowed = guard_method_is_allowed(rdata), too_much = guard_requires_too_much(rdata);
    uint32_t room = begins ? room_for_calls(c8210_guard_limit(LIMIT_calls)) : 0;
    struct refusal refusal;

    pthread_mutex_lock(&lock);
    *known = guard_peer_is_known(source);
    struct body_seen seen = guard_body_look(body, length, limits);
    enum guard_counter breach = breach_of(rdata, length, &seen, contradictory);
    if (rdata->msg_info.via->maddr_param.slen)
        refusal = refuse(PJSIP_SC_BAD_REQUEST, COUNT_maddr);
    else if (breach != COUNT_passed)
        refusal = refuse(code_of_breach(breach), breach);
    else if (method == PJSIP_ACK_METHOD && !part)
        refusal = refuse(PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, COUNT_stray_ack);
    else if (!*known && (named || seen.names) && !limits[LIMIT_names])
        refusal = refuse(PJSIP_SC_BAD_REQUEST, COUNT_names);
    else
        refusal = throttle(source, *known, part);
    if (!refusal.code && !allowed)
        refusal = refuse(PJSIP_SC_METHOD_NOT_ALLOWED, COUNT_method);
    else if (!refusal.code && too_much)
        refusal = refuse(PJSIP_SC_BAD_EXTENSION, COUNT_extension);
    else if (!refusal.code && begins)
        refusal = admit(room, *known);
    counters[refusal.counter]++;
    pthread_mutex_unlock(&lock);
    return refusal;
}

static void answer(pjsip_rx_data *rdata, struct refusal refusal, bool known) {
    struct bucket *bucket = known ? &answers_to_known : &answers_to_strangers;
    /* An ACK is never answered, and an answer to another address than the message came from is no answer. */
    bool may = rdata->msg_info.msg->line.req.method.id != PJSIP_ACK_METHOD && refusal.counter != COUNT_maddr;

    pthread_mutex_lock(&lock);
    may = may && guard_bucket_take(bucket, limits[LIMIT_answers_rate], limits[LIMIT_answers_burst], now());
    counters[may ? COUNT_answered : COUNT_dropped]++;
    pthread_mutex_unlock(&lock);
    if (!may)
        return;

    pjsip_hdr list;
    pjsip_retry_after_hdr later;
    pj_list_init(&list);
    if (refusal.code == PJSIP_SC_SERVICE_UNAVAILABLE) {
        pjsip_retry_after_hdr_init(rdata->tp_info.pool, &later, 5);
        pj_list_push_back(&list, (pjsip_hdr *)&later);
    } else if (refusal.code == PJSIP_SC_METHOD_NOT_ALLOWED) {
        guard_add_capability(rdata, &list, PJSIP_H_ALLOW);
    } else if (refusal.code == PJSIP_SC_BAD_EXTENSION) {
        guard_add_unsupported(rdata, &list);
    }
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, refusal.code, NULL, &list, NULL);
}

static pj_bool_t on_rx_request(pjsip_rx_data *rdata) {
    struct source source = source_of(rdata);
    bool known;
    struct refusal refusal = judge(rdata, &source, &known);

    if (!refusal.code)
        return guard_answer_question(rdata);
    answer(rdata, refusal, known);
    return PJ_TRUE;
}

/* What belongs to a dialog and has none, such as BYE, INFO and REFER; PJSIP would let who asks wait. */
static pj_bool_t on_rx_unwanted(pjsip_rx_data *rdata) {
    struct source source = source_of(rdata);

    pthread_mutex_lock(&lock);
    bool known = guard_peer_is_known(&source);
    counters[COUNT_unwanted]++;
    pthread_mutex_unlock(&lock);
    answer(rdata, refuse(PJSIP_SC_CALL_TSX_DOES_NOT_EXIST, COUNT_unwanted), known);
    return PJ_TRUE;
}

/* What a peer answers to our own requests is parsed by the same code. */
static pj_bool_t on_rx_response(pjsip_rx_data *rdata) {
    size_t length;
    const char *body = guard_message_body(rdata, &length);
    bool contradictory = guard_message_contradicts(rdata, length);

    pthread_mutex_lock(&lock);
    struct body_seen seen = guard_body_look(body, length, limits);
    bool bad = breach_of(rdata, length, &seen, contradictory) != COUNT_passed;
    if (bad) {
        counters[COUNT_responses]++;
        counters[COUNT_dropped]++;
    }
    pthread_mutex_unlock(&lock);
    return bad;
}

/* --- connections ------------------------------------------------------------------------------------------------ */

extern pj_bool_t (*c8210_may_accept)(pj_sock_t, const pj_sockaddr *); /* fixes.patch */

static pj_bool_t may_accept(pj_sock_t descriptor, const pj_sockaddr *address) {
    struct source source;
    in_port_t port;

    if (!guard_source_of((const struct sockaddr *)address, &source, &port))
        return PJ_FALSE;
    pthread_mutex_lock(&lock);
    bool may = guard_connection_may((int)descriptor, &source, port, guard_peer_is_known(&source), limits);
    counters[COUNT_connections] += may ? 0 : 1;
    pthread_mutex_unlock(&lock);
    return may;
}

/* --- for Python ------------------------------------------------------------------------------------------------ */

static bool installed;

static pj_status_t on_unload(void) {
    installed = false;
    return PJ_SUCCESS;
}

static pjsip_module module = {
    .name = {"c8210-guard", 11},
    .priority = PJSIP_MOD_PRIORITY_TSX_LAYER - 1,
    .unload = on_unload,
    .on_rx_request = on_rx_request,
    .on_rx_response = on_rx_response,
};

static pjsip_module last = {
    .name = {"c8210-last", 10},
    .priority = PJSIP_MOD_PRIORITY_APPLICATION + 99,
    .on_rx_request = on_rx_unwanted,
};

EXPORT int c8210_guard_install(void) {
    uint64_t at = now();
    struct bucket full = {UINT32_MAX, at}; /* cut to the burst when taken from */

    if (!pjsua_get_pjsip_endpt())
        return PJ_EINVALIDOP;
    if (installed)
        return PJ_EEXISTS;
    pthread_mutex_lock(&lock);
    memset(counters, 0, sizeof counters);
    all_strangers = answers_to_known = answers_to_strangers = full;
    guard_sources_forget();
    guard_connections_forget();
    pthread_mutex_unlock(&lock);

    c8210_may_accept = may_accept;
    module.id = last.id = -1;
    pj_status_t status = pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &module);
    if (status == PJ_SUCCESS)
        status = pjsip_endpt_register_module(pjsua_get_pjsip_endpt(), &last);
    installed = status == PJ_SUCCESS;
    return status;
}

EXPORT int c8210_guard_slots(void) { return PJSUA_MAX_CALLS; }

EXPORT int c8210_guard_limits(void) { return LIMITS; }
EXPORT const char *c8210_guard_limit_name(int n) { return n >= 0 && n < LIMITS ? limit_names[n] : NULL; }
EXPORT int c8210_guard_set_limit(int n, uint32_t value) {
    if (n < 0 || n >= LIMITS)
        return -1;
    pthread_mutex_lock(&lock);
    limits[n] = value;
    pthread_mutex_unlock(&lock);
    return 0;
}

EXPORT int c8210_guard_set_peers(const char *text) {
    pthread_mutex_lock(&lock);
    int count = guard_peers_set(text);
    pthread_mutex_unlock(&lock);
    return count;
}

EXPORT int c8210_guard_counters(void) { return COUNTERS; }
EXPORT const char *c8210_guard_counter_name(int n) { return n >= 0 && n < COUNTERS ? counter_names[n] : NULL; }
EXPORT uint64_t c8210_guard_counter(int n) {
    pthread_mutex_lock(&lock);
    uint64_t value = n >= 0 && n < COUNTERS ? counters[n] : 0;
    pthread_mutex_unlock(&lock);
    return value;
}
