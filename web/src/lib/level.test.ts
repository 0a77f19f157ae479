import { expect, it } from 'vitest';

import { levelOf, meterFall, meterPosition, METER_FLOOR_DB } from './level';

it('measures a full-scale sine as 0 dB peak and -3 dB effective', () => {
  const sine = Float32Array.from({ length: 4800 }, (_, n) => Math.sin((2 * Math.PI * n) / 48));
  const level = levelOf(sine);
  expect(level.peakDb).toBeCloseTo(0, 3);
  expect(level.rmsDb).toBeCloseTo(-3.01, 2);
});

it('shows silence and nothing at the floor', () => {
  expect(levelOf(new Float32Array(480))).toEqual({ peakDb: METER_FLOOR_DB, rmsDb: METER_FLOOR_DB });
  expect(levelOf(new Float32Array(0)).peakDb).toBe(METER_FLOOR_DB);
});

it('rises at once and falls 24 dB in a second, never below the floor', () => {
  expect(meterFall(-40, -6, 0.01)).toBe(-6);
  expect(meterFall(-6, -60, 0.5)).toBe(-18);
  expect(meterFall(-6, -60, 10)).toBe(METER_FLOOR_DB);
});

it('stands between 0 and 1', () => {
  expect([meterPosition(-60), meterPosition(-30), meterPosition(0), meterPosition(3)]).toEqual([
    0, 0.5, 1, 1,
  ]);
});
