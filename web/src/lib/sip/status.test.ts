import { describe, expect, it } from 'vitest';

import type { AccountStatus, CallStatus, SipState } from '../../api/sip';
import { DESK, PEER } from './fixtures';
import { accountShown, addressProblem, callWords, lastedS, partyName, stateShown } from './status';

const status = (change: Partial<AccountStatus>): AccountStatus => ({
  SIPAccountId: 'sip_account_0',
  SIPURI: 'sip:110@pbx',
  IsDefault: false,
  Status: 200,
  StatusText: 'OK',
  FailedOver: false,
  ...change,
});

const call = (change: Partial<CallStatus>): CallStatus => ({
  CallId: 'Out-1',
  CallState: 'Calling',
  CallStateReason: 'Initiated',
  StartTime: '2026-11-29T08:00:00Z',
  Direction: 'Outgoing',
  RemoteURI: 'sip:100@pbx',
  ...change,
});

describe('an account', () => {
  it('is green when it is registered, and red with the cause when it is not', () => {
    expect(accountShown(DESK, status({}))).toEqual({ colour: 'green', words: 'Registered' });
    expect(accountShown(DESK, status({ FailedOver: true })).words).toContain('secondary');
    const refused = status({ Status: 403, StatusText: 'the server refuses (403 Forbidden)' });
    expect(accountShown(DESK, refused)).toEqual({ colour: 'red', words: 'The server refuses (403 Forbidden).' });
  });

  it('is neither while nothing is known of it', () => {
    expect(accountShown(DESK, status({ Status: 0, StatusText: 'Registering' }))).toEqual({
      colour: 'neutral',
      words: 'Registering',
    });
    expect(accountShown(PEER, status({ Status: 0, StatusText: 'Does not register' })).words).toBe('Peer-to-peer');
    expect(accountShown({ ...PEER, Enabled: false }, status({})).colour).toBe('neutral');
    expect(accountShown(DESK, status({ Status: 0, StatusText: 'SIP disabled' })).words).toBe('SIP is not enabled');
  });
});

describe('a call', () => {
  it('says how it is', () => {
    expect(callWords(call({}))).toBe('Calling…');
    expect(callWords(call({ StatusText: 'it rings at the other end' }))).toBe('It rings at the other end.');
    expect(callWords(call({ CallState: 'Ringing', Direction: 'Incoming' }))).toBe('It rings.');
    expect(callWords(call({ CallState: 'Active', AudioCodec: 'PCMU/8000' }))).toBe('Connected, G.711 µ-law (PCMU).');
    expect(callWords(call({ CallState: 'Active', OnHold: true }))).toContain('holds');
  });

  it('says why it ended', () => {
    const ended = { CallState: 'Terminated', StopTime: '2026-11-29T08:01:00Z' };
    expect(callWords(call({ ...ended, CallStateReason: 'Busy', StatusText: '486 Busy Here' }))).toBe(
      'The other party is busy (486 Busy Here).',
    );
    expect(callWords(call({ ...ended, CallStateReason: 'Terminated', StatusText: 'OK' }))).toBe('The call ended.');
    expect(lastedS(call(ended), Date.now())).toBe(60);
    expect(lastedS(call({}), Date.parse('2026-11-29T08:00:07Z'))).toBe(7);
  });

  it('names the other party', () => {
    expect(partyName('"Reception" <sip:100@pbx>')).toBe('Reception (sip:100@pbx)');
    expect(partyName('<sip:100@pbx>')).toBe('sip:100@pbx');
    expect(partyName('sip:100@pbx')).toBe('sip:100@pbx');
  });

  it('wants an address', () => {
    expect(addressProblem('sip:192.0.2.1')).toBeNull();
    for (const wrong of ['', ' ', 'sip:', 'a b', '<sip:x>']) expect(addressProblem(wrong)).not.toBeNull();
  });
});

it('says what stands in the way of SIP', () => {
  const state: SipState = {
    enabled: true,
    built: true,
    running: true,
    reason: '',
    waits_for_calls: false,
    upnp: '',
    addresses: [],
  };
  expect(stateShown(state)).toBeNull();
  expect(stateShown({ ...state, built: false, running: false })?.detail).toContain('make pjsip');
  expect(stateShown({ ...state, running: false, reason: 'port 5060 is taken' })).toMatchObject({
    kind: 'error',
    detail: 'Port 5060 is taken.',
  });
  expect(stateShown({ ...state, waits_for_calls: true })?.detail).toContain('last call');
  expect(stateShown({ ...state, enabled: false, running: false })).toBeNull();
});
