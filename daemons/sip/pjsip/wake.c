/* The daemon's orders wake PJSIP's event loop: what is ordered is done at once, and the loop may wait for long.
 *
 * The socket of the orders is one more of those that PJSIP watches. A byte is looked at and stays where it is
 * (MSG_PEEK): the packet, and the descriptor that may be beside it, are read by stack/messages.py as ever.
 *
 *   int c8210_wake_on(int fd)   after Endpoint.libInit, once; from then on libHandleEvents returns when there is
 *                               something to read. 0, or PJSIP's status. PJSIP gets a descriptor of its own.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <pjsip.h>
#include <pjsua-lib/pjsua.h>

#include <fcntl.h>
#include <unistd.h>

static pj_ioqueue_op_key_t operation;
static char looked_at;

static pj_status_t watch(pj_ioqueue_key_t *key) {
    pj_ssize_t length = 1;
    pj_status_t status =
        pj_ioqueue_recv(key, &operation, &looked_at, &length, (unsigned)pj_MSG_PEEK() | PJ_IOQUEUE_ALWAYS_ASYNC);
    return status == PJ_EPENDING ? PJ_SUCCESS : status;
}

static void on_read_complete(pj_ioqueue_key_t *key, pj_ioqueue_op_key_t *op, pj_ssize_t length) {
    PJ_UNUSED_ARG(op);
    PJ_UNUSED_ARG(length); /* also at the end, which is noticed where it is read */
    watch(key);
}

__attribute__((visibility("default"))) int c8210_wake_on(int fd) {
    static const pj_ioqueue_callback callbacks = {.on_read_complete = on_read_complete};
    pj_ioqueue_key_t *key;
    pj_pool_t *pool;
    pj_status_t status;
    int own;

    if (!pjsua_get_pjsip_endpt())
        return PJ_EINVALIDOP;
    if (!(pool = pjsua_pool_create("wake", 512, 512)))
        return PJ_ENOMEM;
    if ((own = fcntl(fd, F_DUPFD_CLOEXEC, 0)) < 0)
        return pj_get_os_error();
    status = pj_ioqueue_register_sock(pool, pjsip_endpt_get_ioqueue(pjsua_get_pjsip_endpt()), own, NULL, &callbacks, &key);
    if (status != PJ_SUCCESS) {
        close(own);
        return status;
    }
    pj_ioqueue_op_key_init(&operation, sizeof operation);
    return watch(key);
}
