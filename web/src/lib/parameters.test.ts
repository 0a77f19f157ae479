import { describe, expect, it } from 'vitest';

import type { Parameter } from '../api/types';
import { groupParameters, searchParameters, shortName } from './parameters';

function parameter(name: string, label = name, help = ''): Parameter {
  return {
    name,
    label,
    help,
    value: '',
    default: '',
    kind: { type: 'string', max_length: 64 },
    writable: true,
    reset: 'restore',
  };
}

const all = [
  parameter('MediaClip.M10.Name', 'Name', 'Shown in lists'),
  parameter('MediaClip.M2.Name', 'Name'),
  parameter('MediaClip.MaxGroups', 'Most clips'),
  parameter('root.Audio.DSCP', 'DSCP', 'Marks outgoing packets'),
];

describe('groupParameters', () => {
  it('makes one group per first part and one section per group, numbers in number order', () => {
    expect(
      groupParameters(all).map((group) => [
        group.name,
        group.count,
        group.sections.map((section) => section.group),
      ]),
    ).toEqual([
      ['Audio', 1, ['Audio']],
      ['MediaClip', 3, ['MediaClip', 'MediaClip.M2', 'MediaClip.M10']],
    ]);
  });
});

describe('searchParameters', () => {
  it('wants every word, somewhere in name, label or help, whatever the case', () => {
    expect(searchParameters(all, 'packets dscp').map((found) => found.name)).toEqual([
      'root.Audio.DSCP',
    ]);
    expect(searchParameters(all, 'mediaclip lists')).toHaveLength(1);
    expect(searchParameters(all, '  ')).toHaveLength(4);
    expect(searchParameters(all, 'root')).toHaveLength(0);
  });
});

it('shows names without the root', () => {
  expect(shortName('root.Audio.DSCP')).toBe('Audio.DSCP');
  expect(shortName('Audio.DSCP')).toBe('Audio.DSCP');
});
