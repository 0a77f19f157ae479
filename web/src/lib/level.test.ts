import { expect, it } from 'vitest';

import {
  gainWords,
  levelOf,
  levelWords,
  meterFall,
  meterPosition,
  METER_FLOOR_DB,
  Needle,
} from './level';

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

it('lets a needle fall and holds its highest mark a while', () => {
  const needle = new Needle();
  needle.push({ peakDb: -6, rmsDb: -9 });
  needle.move(10);
  expect([needle.peakDb, needle.rmsDb, needle.heldDb]).toEqual([-6, -9, -6]);
  needle.push({ peakDb: -120, rmsDb: -120 });
  expect(needle.move(10.5)).toBe(true);
  expect([needle.peakDb, needle.heldDb]).toEqual([-18, -6]);
  for (let at = 11; at < 20; at += 1) needle.move(at);
  expect(needle.move(20)).toBe(false);
  expect([needle.peakDb, needle.heldDb]).toEqual([METER_FLOOR_DB, METER_FLOOR_DB]);
});

it('stands still on a steady level', () => {
  const needle = new Needle();
  needle.push({ peakDb: -20, rmsDb: -20 });
  expect(needle.move(1)).toBe(false);
});

it('tells levels and gains in words', () => {
  expect([levelWords(-120), levelWords(-60), levelWords(-12.34)]).toEqual(['Silent', 'Silent', '−12.3 dBFS']);
  expect([gainWords(0.04), gainWords(3), gainWords(-1.5)]).toEqual(['0 dB', '+3 dB', '−1.5 dB']);
});
