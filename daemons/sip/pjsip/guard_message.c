/* What a message is, as PJSIP's parser has left it.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <pjsip_ua.h>

/* The body as it was received: PJSIP's own idea of where it begins, also when it took it to parts. */
const char *guard_message_body(const pjsip_rx_data *rdata, size_t *length) {
    pjsip_msg_body *body = rdata->msg_info.msg->body;
    pj_str_t raw;

    *length = 0;
    if (!body || !body->data)
        return "";
    if (pj_stricmp2(&body->content_type.type, "multipart") == 0) {
        if (pjsip_multipart_get_raw(body, NULL, &raw) != PJ_SUCCESS)
            return "";
    } else {
        raw.ptr = body->data;
        raw.slen = body->len;
    }
    *length = (size_t)raw.slen;
    return raw.ptr;
}

/* What contradicts itself, so that a proxy on the way may have taken it for another message than PJSIP does (RFC 4475,
 * 3.1.2.2, 3.1.2.17, 3.1.2.18, 3.3.8 and 3.3.9). */
bool guard_message_contradicts(const pjsip_rx_data *rdata, size_t body_length) {
    const pjsip_msg *msg = rdata->msg_info.msg;
    uint64_t seen = 0;

    for (const pjsip_hdr *hdr = msg->hdr.next; hdr != &msg->hdr; hdr = hdr->next) {
        switch (hdr->type) {
        case PJSIP_H_CONTENT_LENGTH:
            if (msg->body && ((const pjsip_clen_hdr *)hdr)->len > (int)body_length)
                return true;
            /* fall through */
        case PJSIP_H_CALL_ID:
        case PJSIP_H_CSEQ:
        case PJSIP_H_FROM:
        case PJSIP_H_TO:
        case PJSIP_H_MAX_FORWARDS:
            if (seen & UINT64_C(1) << hdr->type)
                return true;
            seen |= UINT64_C(1) << hdr->type;
            break;
        default:
            break;
        }
    }
    return msg->type == PJSIP_REQUEST_MSG &&
           pjsip_method_cmp(&rdata->msg_info.cseq->method, &msg->line.req.method) != 0;
}

/* Contact and Record-Route say where our own requests in the dialog go; PJSIP would look a name up there and then, and
 * all calls would wait for it. */
bool guard_message_names(const pjsip_rx_data *rdata) {
    const pjsip_msg *msg = rdata->msg_info.msg;

    for (const pjsip_hdr *hdr = msg->hdr.next; hdr != &msg->hdr; hdr = hdr->next) {
        pjsip_uri *uri;
        if (hdr->type == PJSIP_H_CONTACT)
            uri = ((const pjsip_contact_hdr *)hdr)->uri;
        else if (hdr->type == PJSIP_H_RECORD_ROUTE)
            uri = (pjsip_uri *)&((const pjsip_rr_hdr *)hdr)->name_addr;
        else
            continue;
        if (!uri)
            continue; /* Contact: * */
        uri = pjsip_uri_get_uri(uri);
        if (!PJSIP_URI_SCHEME_IS_SIP(uri) && !PJSIP_URI_SCHEME_IS_SIPS(uri))
            continue;
        const pjsip_sip_uri *sip = (const pjsip_sip_uri *)uri;
        const pj_str_t *host = sip->maddr_param.slen ? &sip->maddr_param : &sip->host;
        if (!guard_is_address(host->ptr, (size_t)host->slen))
            return true;
    }
    return false;
}

/* Whether a request is part of a transaction or dialog that PJSIP has. */
bool guard_message_belongs(pjsip_rx_data *rdata) {
    const pjsip_method *method = &rdata->msg_info.msg->line.req.method;
    const pj_str_t *to_tag = &rdata->msg_info.to->tag;
    pj_str_t key;

    /* The key of an ACK is that of its INVITE. */
    if (method->id == PJSIP_CANCEL_METHOD)
        method = pjsip_get_invite_method();
    if (pjsip_tsx_create_key(rdata->tp_info.pool, &key, PJSIP_ROLE_UAS, method, rdata) == PJ_SUCCESS &&
        pjsip_tsx_layer_find_tsx(&key, PJ_FALSE))
        return true;
    return to_tag->slen && pjsip_ua_find_dialog(&rdata->msg_info.cid->id, to_tag, &rdata->msg_info.from->tag, PJ_FALSE);
}
