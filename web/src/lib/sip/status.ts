/** How accounts and calls are, in words. */

import type { AccountStatus, CallStatus, SipAccount, SipState } from '../../api/sip';
import { registers } from './account';
import { codecInCall } from './codecs';
import { sentence } from './fields';

export type Colour = 'green' | 'red' | 'neutral';

export interface Shown {
  colour: Colour;
  words: string;
}

/** What people call an account. */
export function accountTitle(account: Pick<SipAccount, 'Id' | 'Name' | 'UserId'>): string {
  return account.Name || account.UserId || account.Id;
}

/** How an account is; green and red are for those that register. */
export function accountShown(account: SipAccount, status: AccountStatus | undefined): Shown {
  if (!account.Enabled) return { colour: 'neutral', words: 'Not active' };
  if (!status) return { colour: 'neutral', words: '' };
  if (status.Status >= 300) return { colour: 'red', words: sentence(status.StatusText) };
  if (status.Status >= 200) {
    const words = status.FailedOver ? 'Registered with the secondary SIP server' : 'Registered';
    return { colour: 'green', words };
  }
  if (status.StatusText === 'SIP disabled') return { colour: 'neutral', words: 'SIP is not enabled' };
  if (!registers(account)) return { colour: 'neutral', words: 'Peer-to-peer' };
  return { colour: 'neutral', words: status.StatusText };
}

/** What stands in the way of all of SIP, or is to come. */
export function stateShown(state: SipState): { kind: 'error' | 'warning' | 'info'; title: string; detail: string } | null {
  if (!state.built) {
    return {
      kind: 'error',
      title: 'This installation has no SIP stack.',
      detail: 'Build it with “make pjsip”, then start the unit again.',
    };
  }
  if (state.enabled && !state.running) {
    return { kind: 'error', title: 'SIP does not run.', detail: sentence(state.reason) };
  }
  if (state.reason !== '') return { kind: 'warning', title: 'SIP runs with a problem.', detail: sentence(state.reason) };
  if (state.waits_for_calls) {
    return {
      kind: 'info',
      title: 'A call is up.',
      detail: 'The changed settings are used as soon as the last call has ended.',
    };
  }
  return null;
}

const ENDED: Record<string, string> = {
  NoAnswer: 'Nobody answered.',
  Busy: 'The other party is busy.',
  Denied: 'The other party declined the call.',
  Failed: 'The call failed.',
};

export const isUnderWay = (call: CallStatus): boolean => call.CallState !== 'Terminated';

/** Why a call ended, with what the other side said of it. */
export function endWords(call: CallStatus): string {
  const words = ENDED[call.CallStateReason] ?? 'The call ended.';
  const said = call.StatusText ?? '';
  // An answer that says no more than that.
  return said === '' || said === 'OK' || sentence(said) === words ? words : `${words.replace(/\.$/, '')} (${said}).`;
}

export function callWords(call: CallStatus): string {
  switch (call.CallState) {
    case 'Ringing':
      return 'It rings.';
    case 'Active':
      return call.OnHold ? 'The other party holds the call.' : connected(call);
    case 'Terminating':
      return 'The call is being ended.';
    case 'Terminated':
      return endWords(call);
    default:
      return call.StatusText ? sentence(call.StatusText) : 'Calling…';
  }
}

function connected(call: CallStatus): string {
  const codec = codecInCall(call.AudioCodec ?? '');
  return codec ? `Connected, ${codec}.` : 'Connected.';
}

/** How long a call has lasted, in seconds; a ring that nobody answered counts too. */
export function lastedS(call: CallStatus, nowMs: number): number {
  const end = call.StopTime ? Date.parse(call.StopTime) : nowMs;
  return Math.max(0, (end - Date.parse(call.StartTime)) / 1000);
}

/** "Reception (sip:100@pbx)" from `"Reception" <sip:100@pbx>`. */
export function partyName(uri: string): string {
  const [, name, address] = /^\s*"?([^"<]*?)"?\s*<([^>]*)>/.exec(uri) ?? [];
  if (address === undefined) return uri;
  return name ? `${name} (${address})` : address;
}

/** What can be called: a SIP address, or what the unit makes one of. */
export function addressProblem(text: string): string | null {
  const address = text.trim();
  if (address === '') return 'Enter a SIP address.';
  return /[\s<>"]/.test(address) || /^sips?:$/i.test(address) ? 'Enter it as sip:user@host or sip:host.' : null;
}
