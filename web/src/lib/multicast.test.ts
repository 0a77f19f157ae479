import { describe, expect, it } from 'vitest';

import { groupProblem, keyProblem, labelProblem, portProblem, sourceTitle } from './multicast';

describe('groupProblem', () => {
  it.each(['224.0.0.0', '239.255.255.255', '230.1.2.3'])('takes %s', (address) => {
    expect(groupProblem(address)).toBeNull();
  });
  it.each(['', '223.255.255.255', '240.0.0.0', '230.1.2', '230.1.2.256', '230.01.2.3', 'a.b.c.d'])(
    'refuses %j',
    (address) => {
      expect(groupProblem(address)).toContain('224.0.0.0');
    },
  );
});

it('keeps ports in their range', () => {
  expect([portProblem('1024'), portProblem('65534')]).toEqual([null, null]);
  for (const port of ['', '1023', '65535', '5004x', '-5004']) expect(portProblem(port)).not.toBeNull();
});

it('wants a name of at most 31 characters', () => {
  expect(labelProblem('x'.repeat(31))).toBeNull();
  expect(labelProblem('x'.repeat(32))).toContain('31');
  expect(labelProblem(' ')).not.toBeNull();
});

it('takes a whole key or none', () => {
  expect([keyProblem(''), keyProblem('aF'.repeat(30)), keyProblem('0'.repeat(92))]).toEqual([null, null, null]);
  for (const key of ['0'.repeat(61), 'g'.repeat(60)]) expect(keyProblem(key)).toContain('60 or 92');
});

it('has words for the sources in the unit', () => {
  const source = { id: 'VAPIXAudio', label: 'VAPIXAudio', type: 'Internal' };
  expect(sourceTitle(source)).toBe('Live audio');
  expect(sourceTitle({ ...source, id: 'New', label: 'New' })).toBe('New');
  expect(sourceTitle({ id: 'SIP', label: 'Yard', type: 'Multicast' })).toBe('Yard');
});
