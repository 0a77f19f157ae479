import { describe, expect, it } from 'vitest';

import type { Dtmf } from '../../api/sip';
import { cleaned, sequenceProblem, sequencesOf, SHARED, stepsTo, targetsOf, withSequence } from './dtmf';
import { DESK, PEER } from './fixtures';

const shared = { Id: SHARED, Name: 'Peer-to-peer accounts', DTMFTriggerId: ['t0'], RFC2833: true, RFC2976: true };
const own = { Id: 'dtmf_config_0', Name: 'Hall', DTMFTriggerId: [], RFC2833: true, RFC2976: false };
const dtmf: Dtmf = {
  configurations: [shared, own],
  events: [{ Id: 'e0', Name: 'stop audio' }],
  triggers: [{ Id: 't0', DTMFSequence: '1', DTMFEventId: 'e0' }],
};
const hall = { ...DESK, Id: 'sip_account_1', Name: 'Hall', DTMFConfigurationId: own.Id };
const accounts = [PEER, { ...PEER, Id: 'sip_account_9' }, DESK, hall];
const targets = targetsOf(dtmf, accounts);

it('shows the peer-to-peer accounts as one', () => {
  expect(targets.map((one) => one.title)).toEqual(['Peer-to-peer accounts', 'Desk', 'Hall']);
  expect(sequencesOf(dtmf, targets)).toEqual([
    { trigger: dtmf.triggers[0], description: 'stop audio', targets: [SHARED, 'sip_account_0'] },
  ]);
});

describe('what is put', () => {
  it('is nothing while nothing changes', () => {
    expect(stepsTo(targets, dtmf, accounts)).toEqual([]);
  });

  it('is the shared one, and the account that is to stay as it was gets its own first', () => {
    expect(stepsTo(withSequence(targets, 't0', ['sip_account_0']), dtmf, accounts)).toEqual([
      {
        configuration: { Name: 'Desk', DTMFTriggerId: ['t0'], RFC2833: true, RFC2976: true },
        account: 'sip_account_0',
      },
      { configuration: { ...shared, DTMFTriggerId: [] } },
    ]);
  });

  it('is only the shared one where all that share it are to change alike', () => {
    expect(stepsTo(withSequence(targets, 't0', []), dtmf, accounts)).toEqual([
      { configuration: { ...shared, DTMFTriggerId: [] } },
    ]);
  });

  it("is an account's own where it has one", () => {
    const wanted = withSequence(targets, 't0', targets.map((one) => one.key));
    expect(stepsTo(wanted, dtmf, accounts)).toEqual([{ configuration: { ...own, DTMFTriggerId: ['t0'] } }]);
  });

  it('parts accounts that share one of their own', () => {
    const both = [PEER, { ...DESK, DTMFConfigurationId: own.Id }, hall];
    const wanted = withSequence(targetsOf(dtmf, both), 't0', [SHARED, hall.Id]);
    expect(stepsTo(wanted, dtmf, both)).toEqual([
      {
        configuration: { Name: 'Hall', DTMFTriggerId: ['t0'], RFC2833: true, RFC2976: false },
        account: hall.Id,
      },
    ]);
  });
});

it('takes the keys of a telephone', () => {
  expect(cleaned(' 1 2#a ')).toBe('12#A');
  expect(sequenceProblem('*1d', ['1'])).toBeNull();
  for (const wrong of ['', 'E', '1'.repeat(65), '1']) expect(sequenceProblem(wrong, ['1'])).not.toBeNull();
});
