/* What PJSIP is compiled with for the C8210. Every limit that a stranger's message can reach is set here on purpose;
 * docs/sip-advisories.md says which advisory it answers.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* --- calls and accounts ---------------------------------------------------------------------------------------- */

/* The unit holds 16 calls, and the guard refuses the 17th. As many slots again are for calls that are over for us: PJSIP
 * keeps the slot of a call that was hung up until the peer has answered, or for 32 s when it is gone. PJSIP caps larger
 * wishes at run time without a word, so the number must be right here; the guard tells it to Python, and a test asks. */
#define PJSUA_MAX_CALLS 32

/* A unit may have 100 accounts, each of them twice while it goes over to another server, and one that is there always. */
#define PJSUA_MAX_ACC 256

/* --- network --------------------------------------------------------------------------------------------------- */

#define PJ_HAS_IPV6 1

/* Sockets in one event loop. A call has two, an idle TCP or TLS connection of a stranger one: with PJSIP's 64 some
 * forty of those would leave no call without media. It cannot be more than select(2) has, which is 1024. */
#define PJ_IOQUEUE_MAX_HANDLES 512

/* Seconds until a connection of a peer is closed that has said nothing valid yet, and one that no call uses. */
#define PJSIP_TRANSPORT_SERVER_IDLE_TIME_FIRST 5
#define PJSIP_TRANSPORT_SERVER_IDLE_TIME 120

/* Connections that wait to be accepted. With PJSIP's 5 a few strangers at once have everybody else try again, a second
 * later and then two. */
#define PJSIP_TCP_TRANSPORT_BACKLOG 128
#define PJSIP_TLS_TRANSPORT_BACKLOG 128

/* --- messages -------------------------------------------------------------------------------------------------- */

/* Of a message that is received, and of the room that one is written in. The guard lets pass 4,000 bytes of headers and
 * 4,000 of body. What we answer holds the peer's Via, Record-Route and tags besides our own headers and description, some
 * 3,000 bytes, and so has room to spare: that nobody reaches its end from outside. */
#define PJSIP_MAX_PKT_LEN 8000

/* An address with a caller ID and a user of 255 bytes each: with PJSIP's 256 such an account could call nobody. */
#define PJSIP_MAX_URL_SIZE 1024

/* Attributes of one media. CVE-2026-57162 is a stack array of 64 that takes one number for each a=crypto: with no more
 * than 64 attributes kept it cannot overflow, whatever the guard lets through. Our own offer has about 40. */
#define PJMEDIA_MAX_SDP_ATTR 64
#define PJMEDIA_MAX_SDP_MEDIA 8
#define PJMEDIA_MAX_SDP_FMT 32

/* ICE: candidates of the other side that are kept, and pairs that are checked. */
#define PJ_ICE_MAX_CAND 32
#define PJ_ICE_MAX_CHECKS 64

/* --- media ----------------------------------------------------------------------------------------------------- */

#define PJMEDIA_HAS_VIDEO 0

/* How many packets in a row must come from elsewhere, with none from the peer between, before sound goes there instead.
 * With PJSIP's 10 whoever sends fast takes the call over; 3000 outlast the 20 ms between two packets of the peer at
 * 100,000 packets per second. A peer behind NAT that was not heard yet is followed at its first packet all the same. */
#define PJMEDIA_RTP_NAT_PROBATION_CNT 3000

/* 20 ms of L16 at 48 kHz are 1,920 bytes. With PJSIP's 1,500 none of it would be sent. */
#define PJMEDIA_MAX_MTU 2000

/* Their sources are not in Debian's tarball. */
#define PJMEDIA_HAS_G7221_CODEC 0
#define PJMEDIA_HAS_ILBC_CODEC 0

#define PJMEDIA_HAS_L16_CODEC 1
#define PJMEDIA_CODEC_L16_HAS_8KHZ_MONO 1
#define PJMEDIA_CODEC_L16_HAS_8KHZ_STEREO 0
#define PJMEDIA_CODEC_L16_HAS_16KHZ_MONO 1
#define PJMEDIA_CODEC_L16_HAS_16KHZ_STEREO 0
#define PJMEDIA_CODEC_L16_HAS_48KHZ_MONO 1
#define PJMEDIA_CODEC_L16_HAS_48KHZ_STEREO 0

/* --- log ------------------------------------------------------------------------------------------------------- */

/* Level 5 prints whole messages, with the answers to challenges in them. */
#define PJ_LOG_MAX_LEVEL 4
#define PJ_TERM_HAS_COLOR 0
