import { expect, it } from 'vitest';

import type { Firmware } from '../api/maintenance';
import { ending, minutesProblem, optionsOf, waitsFor } from './upgrade';

const FIRMWARE: Firmware = {
  supported: true,
  why_not: '',
  version: '12.9.1',
  slot: 'B',
  committed: false,
  inactive_version: '12.9.0',
  last_upgrade_at: 1,
  pending_commit: 'never',
  time_to_rollback_s: 90,
  step: 'trial',
  percent: 0,
  message: '',
  target_version: '',
  last: null,
  checks: [],
};

it('turns the three choices of the manual into options', () => {
  expect(optionsOf('standard', 7)).toEqual({});
  expect(optionsOf('factory', 7)).toEqual({ factoryDefaultMode: 'hard' });
  expect(optionsOf('autorollback', 7)).toEqual({ autoCommit: 'never', autoRollback: '7' });
});

it('refuses times that the unit would refuse', () => {
  for (const minutes of [1, 10, 1440]) expect(minutesProblem(minutes)).toBeNull();
  for (const minutes of [0, -1, 1.5, 1441, null, Number.NaN]) expect(minutesProblem(minutes)).toContain('1 to 1440');
});

it('says what an unconfirmed version waits for', () => {
  expect(waitsFor(FIRMWARE)).toBe('Confirm it to keep it. Otherwise the unit goes back to the version before in 1:30.');
  const ill = [{ name: 'sound', well: false, message: 'the device is gone' }];
  expect(waitsFor({ ...FIRMWARE, pending_commit: 'started', time_to_rollback_s: null, checks: ill })).toBe(
    'It confirms itself as soon as all is well (sound: the device is gone).',
  );
});

it('says how it ended', () => {
  const outcome = { what: 'upgrade', result: 'done', version: '12.9.1', at: 1, message: '' } as const;
  expect(ending(outcome)).toBe('Upgraded to 12.9.1.');
  expect(ending({ ...outcome, result: 'failed', message: 'It was cut off.' })).toBe(
    'The last upgrade to 12.9.1 failed. It was cut off.',
  );
  expect(ending({ ...outcome, result: 'rolled_back', message: 'It did not start.' })).toBe(
    'Version 12.9.1 was taken back. It did not start.',
  );
  expect(ending({ ...outcome, what: 'rollback', version: '12.9.0' })).toBe('Went back to 12.9.0.');
});
