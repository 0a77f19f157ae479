/* Who is known, and how often each source may ask.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* A table of fixed size: SETS places by hash, in each the WAYS that were heard last. Whoever comes from more addresses
 * than it holds is met by the bucket of all strangers together. */
enum { SETS = 256, WAYS = 4, PEERS = 256 };

struct entry {
    struct source source;
    uint64_t heard; /* ms; 0 when free */
    struct bucket begins, in_dialog;
};
static struct entry table[SETS][WAYS];
static uint64_t seed; /* nobody outside can tell which addresses share a place */

struct network {
    struct source source;
    unsigned prefix;
};
static struct network peers[PEERS];
static int peer_count;

bool guard_bucket_take(struct bucket *bucket, uint32_t rate, uint32_t burst, uint64_t now_ms) {
    uint64_t most = (uint64_t)burst * 1000;

    bucket->tokens += (now_ms - bucket->at) * rate; /* per second and ms: thousandths */
    bucket->at = now_ms;
    if (bucket->tokens > most)
        bucket->tokens = most;
    if (bucket->tokens < 1000)
        return false;
    bucket->tokens -= 1000;
    return true;
}

static unsigned place(const struct source *source) {
    uint64_t hash = seed ^ 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < sizeof source->address; i++)
        hash = (hash ^ source->address[i]) * 1099511628211u;
    return (unsigned)(hash >> 32) % SETS;
}

void guard_sources_forget(void) {
    memset(table, 0, sizeof table);
    if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) != (ssize_t)sizeof seed)
        seed = (uint64_t)(uintptr_t)&table;
}

static bool is_ipv4(const struct source *source) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return memcmp(source->address, mapped, sizeof mapped) == 0;
}

/* A host of IPv6 has a whole /64. */
static struct source host_of(const struct source *source) {
    struct source host = *source;
    if (!is_ipv4(&host))
        memset(host.address + 8, 0, 8);
    return host;
}

bool guard_same_source(const struct source *one, const struct source *other) {
    struct source first = host_of(one), second = host_of(other);
    return memcmp(&first, &second, sizeof first) == 0;
}

struct bucket *guard_source_bucket(const struct source *source, bool in_dialog, uint64_t now_ms) {
    struct source key = host_of(source);
    struct entry *set = table[place(&key)], *entry = set;
    for (int way = 0; way < WAYS; way++) {
        if (set[way].heard && memcmp(&set[way].source, &key, sizeof key) == 0) {
            entry = &set[way];
            break;
        }
        if (set[way].heard < entry->heard)
            entry = &set[way];
    }
    if (!entry->heard || memcmp(&entry->source, &key, sizeof key) != 0) {
        memset(entry, 0, sizeof *entry);
        entry->source = key;
        entry->begins.at = entry->in_dialog.at = now_ms;
        entry->begins.tokens = entry->in_dialog.tokens = UINT32_MAX; /* full: cut to the burst when taken from */
    }
    entry->heard = now_ms ? now_ms : 1;
    return in_dialog ? &entry->in_dialog : &entry->begins;
}

static bool is_in(const struct source *source, const struct network *network) {
    unsigned whole = network->prefix / 8, rest = network->prefix % 8;
    if (memcmp(source->address, network->source.address, whole) != 0)
        return false;
    return rest == 0 || ((source->address[whole] ^ network->source.address[whole]) >> (8 - rest)) == 0;
}

bool guard_peer_is_known(const struct source *source) {
    for (int i = 0; i < peer_count; i++)
        if (is_in(source, &peers[i]))
            return true;
    return false;
}

static bool read_network(const char *text, size_t length, struct network *network) {
    char copy[INET6_ADDRSTRLEN + 4], *slash;
    unsigned bits = 128;

    if (length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if ((slash = strchr(copy, '/')))
        *slash++ = '\0';

    memset(network, 0, sizeof *network);
    if (inet_pton(AF_INET, copy, network->source.address + 12) == 1) {
        network->source.address[10] = network->source.address[11] = 0xff;
        bits = 32;
    } else if (inet_pton(AF_INET6, copy, network->source.address) != 1) {
        return false;
    }
    network->prefix = 128;
    if (slash) {
        char *end;
        unsigned long prefix = strtoul(slash, &end, 10);
        if (*slash < '0' || *slash > '9' || *end || prefix > bits)
            return false;
        network->prefix = 128 - bits + (unsigned)prefix;
    }
    return true;
}

int guard_peers_set(const char *text) {
    static struct network wanted[PEERS];
    int count = 0;

    for (;;) {
        text += strspn(text, " \t\r\n,");
        size_t length = strcspn(text, " \t\r\n,");
        if (length == 0)
            break;
        if (count == PEERS || !read_network(text, length, &wanted[count]))
            return -1 - count;
        count++;
        text += length;
    }
    memcpy(peers, wanted, sizeof peers);
    peer_count = count;
    return count;
}
