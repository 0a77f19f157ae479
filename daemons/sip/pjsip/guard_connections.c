/* How many connections each source has: whoever opens more than he can need is closed out at once.
 *
 * A connection costs nothing to open and 5 s of a place in PJSIP's loop, and there are 512 places. Nobody tells when one
 * of them is closed again, and nobody has to: whether a descriptor still leads to the address it was accepted from, the
 * system knows.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

enum { CONNECTIONS = 512 };

struct connection {
    int descriptor; /* -1 when free */
    in_port_t port;
    bool known;
    struct source source;
};
static struct connection connections[CONNECTIONS];
static int count;

bool guard_source_of(const struct sockaddr *address, struct source *source, in_port_t *port) {
    memset(source, 0, sizeof *source);
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)address;
        memcpy(source->address, &six->sin6_addr, 16);
        *port = six->sin6_port;
    } else if (address->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)address;
        source->address[10] = source->address[11] = 0xff;
        memcpy(source->address + 12, &four->sin_addr, 4);
        *port = four->sin_port;
    } else {
        return false;
    }
    return true;
}

static bool is_open(const struct connection *connection) {
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    struct source source;
    in_port_t port;

    return getpeername(connection->descriptor, (struct sockaddr *)&peer, &length) == 0 &&
           guard_source_of((struct sockaddr *)&peer, &source, &port) && port == connection->port &&
           memcmp(&source, &connection->source, sizeof source) == 0;
}

void guard_connections_forget(void) { count = 0; }

bool guard_connection_may(int descriptor, const struct source *source, in_port_t port, bool known,
                          const uint32_t *limits) {
    uint32_t of_source = 0, of_strangers = 0;
    int kept = 0;

    for (int n = 0; n < count; n++) {
        if (connections[n].descriptor == descriptor || !is_open(&connections[n]))
            continue;
        connections[kept] = connections[n];
        of_source += guard_same_source(&connections[kept].source, source) ? 1 : 0;
        of_strangers += connections[kept].known ? 0 : 1;
        kept++;
    }
    count = kept;
    if (count == CONNECTIONS || of_source >= limits[known ? LIMIT_known_links : LIMIT_stranger_links] ||
        (!known && of_strangers >= limits[LIMIT_strangers_links]))
        return false;
    connections[count++] = (struct connection){descriptor, port, known, *source};
    return true;
}
