/* Looks through a body for what no honest message has.
 *
 * The text is looked at as lines whatever its content type says: PJSIP also finds SDP in a part of a multipart body,
 * where its lines look the same. A line ends at CR, LF or both, which counts at least as much as PJSIP's own parser.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

bool guard_is_address(const char *text, size_t length) {
    char copy[INET6_ADDRSTRLEN];
    unsigned char address[16];

    if (length >= 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return inet_pton(AF_INET, copy, address) == 1 || inet_pton(AF_INET6, copy, address) == 1;
}

/* The nth word of a line, from 0; empty if there is none. */
static const char *word(const char *line, const char *end, unsigned n, size_t *length) {
    for (;;) {
        while (line < end && (*line == ' ' || *line == '\t'))
            line++;
        const char *start = line;
        while (line < end && *line != ' ' && *line != '\t')
            line++;
        if (n-- == 0 || line == end) {
            *length = n == (unsigned)-1 ? (size_t)(line - start) : 0;
            return start;
        }
    }
}

static bool is_named(const char *line, const char *end, unsigned place) {
    size_t length;
    const char *host = word(line, end, place, &length);
    const char *slash = memchr(host, '/', length); /* the lifetime of a multicast address */

    if (slash)
        length = (size_t)(slash - host);
    return length > 0 && !guard_is_address(host, length);
}

/* The value of an attribute if the line is that one: a=name or a=name:value. */
static const char *attribute(const char *line, const char *end, const char *name) {
    size_t length = strlen(name);

    if (end - line < 2 || line[0] != 'a' || line[1] != '=')
        return NULL;
    line += 2;
    if ((size_t)(end - line) < length || strncasecmp(line, name, length) != 0)
        return NULL;
    line += length;
    if (line < end && *line != ':' && *line != ' ')
        return NULL;
    return line < end ? line + 1 : line;
}

static enum guard_counter look_at_line(const char *line, const char *end, const uint32_t *limits,
                                       uint32_t *media, uint32_t *crypto, uint32_t *candidates, bool *names) {
    const char *value;

    if ((size_t)(end - line) > limits[LIMIT_line])
        return COUNT_line;
    if (end - line < 2 || line[1] != '=')
        return COUNT_passed;
    if (line[0] == 'm') {
        *crypto = *candidates = 0;
        if (++*media > limits[LIMIT_media])
            return COUNT_media;
    } else if (line[0] == 'c') {
        *names |= is_named(line + 2, end, 2); /* IN IP4 address */
    } else if (attribute(line, end, "crypto")) {
        if (++*crypto > limits[LIMIT_crypto])
            return COUNT_crypto;
    } else if ((value = attribute(line, end, "candidate"))) {
        *names |= is_named(value, end, 4); /* foundation component transport priority address */
        if (++*candidates > limits[LIMIT_candidates])
            return COUNT_candidates;
    } else if ((value = attribute(line, end, "rtcp"))) {
        *names |= is_named(value, end, 3); /* port IN IP4 address */
    } else if ((value = attribute(line, end, "ice-ufrag")) || (value = attribute(line, end, "ice-pwd"))) {
        if ((size_t)(end - value) > limits[LIMIT_ice])
            return COUNT_ice;
    }
    return COUNT_passed;
}

struct body_seen guard_body_look(const char *text, size_t length, const uint32_t *limits) {
    struct body_seen seen = {COUNT_passed, false};
    const char *end = text + length;
    uint32_t media = 0, crypto = 0, candidates = 0;

    if (length > limits[LIMIT_body]) {
        seen.breach = COUNT_body;
        return seen;
    }
    while (text < end && seen.breach == COUNT_passed) {
        const char *stop = text;
        while (stop < end && *stop != '\r' && *stop != '\n')
            stop++;
        seen.breach = look_at_line(text, stop, limits, &media, &crypto, &candidates, &seen.names);
        text = stop + 1;
    }
    return seen;
}
