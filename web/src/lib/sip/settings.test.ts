import { describe, expect, it } from 'vitest';

import { ApiError } from '../../api/client';
import { moved } from '../order';
import { choicesOf, codecInCall, codecName, codecsOf, codecsProblem } from './codecs';
import { refusedField } from './fields';
import { CONFIGURATION } from './fixtures';
import { changesOf, draftOf, draftProblems, FIELD_OF } from './settings';

const draft = draftOf(CONFIGURATION);

describe('the settings', () => {
  it('are read, attributes with their texts', () => {
    expect(draft).toMatchObject({ infinite: true, tcpSwitch: false, incomingDuration: '300', turnUser: 'u' });
    // What an older unit does not say has its default.
    expect(draft).toMatchObject({ followTransfers: true, maxCalls: '4', direction: 'SendReceive' });
  });

  it('are sent only where they differ', () => {
    expect(changesOf(draft, draft)).toEqual({});
    const wanted = { ...draft, enabled: true, tcpSwitch: true, infinite: false, maxDuration: '60', sipPort: '5070' };
    expect(changesOf(wanted, draft)).toEqual({
      SIPEnabled: true,
      SIPPort: 5070,
      Attribute: [
        { Name: 'MaxCallDuration', Value: '60' },
        { Name: 'DisableTCPSwitch', Value: 'false' },
      ],
    });
  });

  it('keep a password that is not entered anew', () => {
    const relay = { Server: 'other', Username: 'u', Password: '' };
    expect(changesOf({ ...draft, turnServer: 'other' }, draft)).toEqual({ TURNServers: [relay] });
    expect(changesOf({ ...draft, turnServer: '' }, draft)).toEqual({ TURNServers: [] });
    expect(changesOf({ ...draft, turnPassword: 'p' }, draft).TURNServers?.[0]?.Password).toBe('p');
  });

  it('take lists in lines and with commas', () => {
    const wanted = { ...draft, stun: true, stunServers: 'a, b:3479', callers: ' x@y\n\n192.0.2.0/24 ' };
    expect(changesOf(wanted, draft)).toMatchObject({
      STUNServers: [{ Server: 'a' }, { Server: 'b:3479' }],
      AccessList: ['x@y', '192.0.2.0/24'],
    });
  });

  it('say what is wrong at the field', () => {
    expect(draftProblems(draft)).toEqual({});
    const wrong = { ...draft, sipPort: '80', incomingDuration: '601', infinite: false, maxDuration: '0' };
    expect(Object.keys(draftProblems(wrong)).sort()).toEqual(['incomingDuration', 'maxDuration', 'sipPort']);
    expect(draftProblems({ ...draft, tlsPort: '5060' })).toHaveProperty('tlsPort');
    expect(draftProblems({ ...draft, stun: true })).toHaveProperty('stunServers');
    expect(draftProblems({ ...draft, stun: true, stunServers: 'a,sip:b' })).toHaveProperty('stunServers');
    expect(draftProblems({ ...draft, turnServer: 'relay:0' })).toHaveProperty('turnServer');
    expect(draftProblems({ ...draft, turnServer: '[2001:db8::1]:3478' })).toEqual({});
  });

  it('find the field of a refusal', () => {
    const refusal = (words: string): ApiError => new ApiError(400, 'ter:InvalidArgVal', words);
    expect(refusedField(refusal('RTPStartPort: at most 65504'), FIELD_OF)).toEqual({
      field: 'rtpPort',
      reason: 'At most 65504.',
    });
    expect(refusedField(refusal('Attributes.MaxCalls: too many'), FIELD_OF)?.field).toBe('maxCalls');
    expect(refusedField(refusal('TURNServers.Password: again'), FIELD_OF)?.field).toBe('turnPassword');
    expect(refusedField(refusal('The unit is busy: wait'), FIELD_OF)).toBeNull();
    expect(refusedField(new Error('SIPPort: x'), FIELD_OF)).toBeNull();
  });
});

describe('codecs', () => {
  const all = [{ Name: 'opus' }, { Name: 'G722' }, { Name: 'PCMU' }, { Name: 'L16', SampleRate: 44100 }];

  it('stand in their order, those in use first', () => {
    const choices = choicesOf(all, [{ Name: 'PCMU' }, { Name: 'opus' }]);
    expect(choices.map((one) => `${one.codec.Name} ${one.used}`)).toEqual([
      'PCMU true',
      'opus true',
      'G722 false',
      'L16 false',
    ]);
    const changed = moved(choices, 1, 0).map((one) => (one.codec.Name === 'G722' ? { ...one, used: true } : one));
    expect(codecsOf(changed)).toEqual([{ Name: 'opus' }, { Name: 'PCMU' }, { Name: 'G722' }]);
    expect(codecsProblem(changed)).toBeNull();
    expect(codecsProblem(choices.map((one) => ({ ...one, used: false })))).toContain('at least one');
  });

  it('have names', () => {
    expect(codecName({ Name: 'L16', SampleRate: 44100 })).toBe('L16, 44.1 kHz');
    expect(codecName({ Name: 'New' })).toBe('New');
    expect([codecInCall('opus/48000'), codecInCall('L16/16000'), codecInCall('')]).toEqual(['Opus', 'L16, 16 kHz', '']);
  });
});
