import { describe, expect, it } from 'vitest';

import { along, frequencyAxis, hertz, pathOf, roundAxis } from './plot';

const unit = { from: 0, to: 10, ticks: [] };

describe('along', () => {
  it('gives equal ratios of frequencies equal distances', () => {
    const axis = { from: 20, to: 20_000, log: true, ticks: [] };
    expect(along(axis, 20)).toBe(0);
    expect(along(axis, 200)).toBeCloseTo(1 / 3);
    expect(along(axis, 20_000)).toBeCloseTo(1);
  });
  it('puts everything in the middle of an axis without length', () => {
    expect(along({ from: 3, to: 3, ticks: [] }, 3)).toBe(0.5);
  });
});

it('draws from the lower left', () => {
  const points = [
    { x: 0, y: 0 },
    { x: 10, y: 5 },
  ];
  expect(pathOf(points, unit, unit, 100, 50)).toBe('M0.0 50.0L100.0 25.0');
  expect(pathOf([], unit, unit, 100, 50)).toBe('');
});

it('chooses frequencies around what was measured', () => {
  const axis = frequencyAxis([{ hz: 125 }, { hz: 7900 }]);
  expect([axis.from, axis.to]).toEqual([100, 10_000]);
  expect(axis.ticks.map((tick) => tick.label)).toEqual([
    '100 Hz',
    '200 Hz',
    '500 Hz',
    '1 kHz',
    '2 kHz',
    '5 kHz',
    '10 kHz',
  ]);
  expect(frequencyAxis([]).from).toBe(20);
  const one = frequencyAxis([{ hz: 1000 }]);
  expect(one.to).toBeGreaterThan(one.from);
});

it('marks an axis with round numbers that hold every value', () => {
  const axis = roundAxis([-13, 4], 6, String);
  expect(axis.from).toBeLessThanOrEqual(-13);
  expect(axis.to).toBeGreaterThanOrEqual(4);
  expect(axis.ticks.map((tick) => tick.at)).toEqual([-15, -10, -5, 0, 5]);
  const flat = roundAxis([0.6, 0.6], 0.2, String);
  expect(flat.to - flat.from).toBeGreaterThanOrEqual(0.2);
  expect(roundAxis([], 1, String).ticks.length).toBeGreaterThan(1);
});

it('leaves no room below zero for what is nowhere negative', () => {
  expect(roundAxis([0, 4, 6.6], 8, String).from).toBe(0);
  expect(roundAxis([0.05, 0.07], 0.2, String).from).toBe(0);
  expect(roundAxis([-1, 1], 8, String).from).toBeLessThan(-1);
});

it('leaves no room above the most that there can be', () => {
  const axis = roundAxis([0.92, 0.97], 0.2, String, 1);
  expect([axis.from, axis.to]).toEqual([0.8, 1]);
});

it('writes frequencies as people say them', () => {
  expect([hertz(31.5), hertz(1000), hertz(1250)]).toEqual(['32 Hz', '1 kHz', '1.25 kHz']);
});
