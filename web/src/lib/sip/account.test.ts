import { describe, expect, it } from 'vitest';

import { accountChanges, accountDraft, accountOf, accountProblems, NEW_ACCOUNT, newProxy } from './account';
import { accountToPut, begun, configurationToPut, stepProblems, stepsOf, summaryOf } from './assistant';
import { choicesOf } from './codecs';
import { CONFIGURATION, DESK, PEER } from './fixtures';

const desk = accountDraft(DESK);

describe('an account', () => {
  it('goes into the fields and back', () => {
    expect(accountChanges(desk, DESK)).toEqual({ Id: 'sip_account_0' });
    expect(accountChanges({ ...desk, name: 'Hall', answer: false }, DESK)).toEqual({
      Id: 'sip_account_0',
      Name: 'Hall',
      Attribute: [{ Name: 'AnswerAutomatically', Value: 'false' }],
    });
  });

  it('keeps its passwords unless others are entered', () => {
    expect(desk.password).toBe('');
    expect(accountChanges({ ...desk, password: 'new' }, DESK)).toMatchObject({ Password: 'new' });
    expect(accountChanges({ ...desk, password: 'typed', withoutPassword: true }, DESK)).toMatchObject({ Password: '' });
    const proxies = [newProxy(), ...desk.proxies];
    expect(accountChanges({ ...desk, proxies }, DESK)['SIPProxies']).toEqual([
      { Server: '', Username: '', Password: '' },
      { Server: 'edge', Username: 'e', Password: '' },
    ]);
  });

  it('has no servers when it is peer-to-peer, and no TLS settings without TLS', () => {
    const changed = { ...desk, registered: false, encryption: 'SRTPMandatory', tlsVersion: 'TLSv13' } as const;
    expect(accountOf(changed)).toMatchObject({ Registrar: '', SIPProxies: [], MediaEncryption: 'None' });
    expect(accountOf({ ...changed, sips: true })).toMatchObject({
      Transport: 'tls',
      MediaEncryption: 'SRTPMandatory',
      EncryptionProtocols: 'TLSv13',
    });
  });

  it('says what is wrong', () => {
    expect(accountProblems(desk)).toEqual({});
    expect(Object.keys(accountProblems(NEW_ACCOUNT)).sort()).toEqual(['registrar', 'userId']);
    expect(accountProblems({ ...NEW_ACCOUNT, registered: false })).toEqual({});
    expect(accountProblems({ ...desk, secondary: true })).toHaveProperty('secondaryRegistrar');
    expect(accountProblems({ ...desk, proxies: [newProxy()] })).toHaveProperty('proxies');
    expect(accountProblems({ ...desk, userId: '1@pbx' })).toHaveProperty('userId');
    expect(accountProblems({ ...desk, callerId: 'a"b' })).toHaveProperty('callerId');
  });
});

describe('the assistant', () => {
  const start = begun(CONFIGURATION, choicesOf([], [{ Name: 'opus' }]));
  const through = {
    ...start,
    server: true,
    account: { ...start.account, userId: '110', registrar: 'PBX:5070', password: 'secret' },
  };

  it('asks for an account only on the way through a server', () => {
    expect(stepsOf(start)).toEqual(['calls', 'ports', 'codecs', 'summary', 'outcome']);
    expect(stepsOf(through)).toContain('account');
    expect(stepProblems('account', { ...through, account: start.account })).toHaveProperty('userId');
    expect(stepProblems('codecs', { ...start, codecs: [] })).toHaveProperty('codecs');
  });

  it('enables SIP and changes nothing that was not asked for', () => {
    expect(configurationToPut(start, CONFIGURATION)).toEqual({ SIPEnabled: true, AllowIncomingCalls: true });
    expect(accountToPut(start, [PEER])).toBeNull();
    expect(accountToPut(start, [DESK])).toMatchObject({ UserId: 'peer-to-peer', Registrar: '', IsDefault: false });
    expect(accountToPut(start, [{ ...PEER, Enabled: false }])).toEqual({ Id: 'peer-to-peer', Enabled: true });
  });

  it('changes the account that is there for the same user, and adds no second one', () => {
    expect(accountToPut(through, [PEER])).toMatchObject({ UserId: '110', Password: 'secret', IsDefault: true });
    expect(accountToPut(through, [PEER, DESK])).toMatchObject({ Id: 'sip_account_0', Password: 'secret' });
    expect(accountToPut(through, [PEER, DESK])).not.toHaveProperty('SIPProxies');
  });

  it('sums up without the password', () => {
    const summary = summaryOf(through);
    expect(JSON.stringify(summary)).not.toContain('secret');
    expect(summary).toContainEqual(['Registrar', 'PBX:5070']);
    expect(summary).toContainEqual(['Audio codecs', 'Opus']);
  });
});
