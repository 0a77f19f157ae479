/* Requests that PJSIP leaves without a good answer: methods it does not know, extensions we do not have, and the question
 * within a call what we can.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "guard.h"

#include <pjsip_ua.h>
#include <pjsua-lib/pjsua.h>

bool guard_method_is_allowed(const pjsip_rx_data *rdata) {
    return pjsip_endpt_has_capability(pjsua_get_pjsip_endpt(), PJSIP_H_ALLOW, NULL,
                                      &rdata->msg_info.msg->line.req.method.name);
}

void guard_add_capability(pjsip_rx_data *rdata, pjsip_hdr *list, int header) {
    const pjsip_hdr *own = pjsip_endpt_get_capability(pjsua_get_pjsip_endpt(), header, NULL);

    if (own)
        pj_list_push_back(list, pjsip_hdr_shallow_clone(rdata->tp_info.pool, own));
}

static bool can(const pj_str_t *option) {
    return pjsip_endpt_has_capability(pjsua_get_pjsip_endpt(), PJSIP_H_SUPPORTED, NULL, option);
}

/* INVITE is looked at by PJSIP itself, and nothing can be required of us by ACK and CANCEL (RFC 3261, 8.2.2.3). */
bool guard_requires_too_much(const pjsip_rx_data *rdata) {
    pjsip_method_e method = rdata->msg_info.msg->line.req.method.id;
    const pjsip_require_hdr *hdr = rdata->msg_info.require;

    if (!hdr || method == PJSIP_INVITE_METHOD || method == PJSIP_ACK_METHOD || method == PJSIP_CANCEL_METHOD)
        return false;
    for (unsigned n = 0; n < hdr->count; n++)
        if (!can(&hdr->values[n]))
            return true;
    return false;
}

void guard_add_unsupported(pjsip_rx_data *rdata, pjsip_hdr *list) {
    const pjsip_require_hdr *wanted = rdata->msg_info.require;
    pjsip_unsupported_hdr *hdr = pjsip_unsupported_hdr_create(rdata->tp_info.pool);

    for (unsigned n = 0; wanted && n < wanted->count; n++)
        if (!can(&wanted->values[n]))
            hdr->values[hdr->count++] = wanted->values[n];
    pj_list_push_back(list, (pjsip_hdr *)hdr);
}

/* PJSIP answers it within a dialog with 500, as no part of it wants it there (RFC 3261, 11.2 and 12.2.2). */
bool guard_answer_question(pjsip_rx_data *rdata) {
    const pj_str_t *to_tag = &rdata->msg_info.to->tag;
    pjsip_dialog *dialog;
    pjsip_inv_session *call;
    pjsip_hdr list;

    if (rdata->msg_info.msg->line.req.method.id != PJSIP_OPTIONS_METHOD || !to_tag->slen ||
        !(dialog = pjsip_ua_find_dialog(&rdata->msg_info.cid->id, to_tag, &rdata->msg_info.from->tag, PJ_FALSE)))
        return false;
    call = pjsip_dlg_get_inv_session(dialog);
    bool over = !call || call->state == PJSIP_INV_STATE_DISCONNECTED; /* PJSIP keeps it for a while */
    pj_list_init(&list);
    guard_add_capability(rdata, &list, PJSIP_H_ALLOW);
    guard_add_capability(rdata, &list, PJSIP_H_ACCEPT);
    guard_add_capability(rdata, &list, PJSIP_H_SUPPORTED);
    pjsip_endpt_respond_stateless(pjsua_get_pjsip_endpt(), rdata, over ? PJSIP_SC_CALL_TSX_DOES_NOT_EXIST : PJSIP_SC_OK,
                                  NULL, &list, NULL);
    return true;
}
