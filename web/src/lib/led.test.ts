import { describe, expect, it } from 'vitest';

import type { LedStep } from '../api/types';
import { gestureWords, ledAt, ledDescription, ledLook, ledMeaning, ledRows } from './led';

const locate: LedStep[] = [
  { colour: 'red', duration_ms: 150 },
  { colour: 'green', duration_ms: 100 },
];

describe('ledAt', () => {
  it('shows a steady colour for ever', () => {
    expect(ledAt([{ colour: 'green', duration_ms: 0 }], 123456)).toEqual({
      colour: 'green',
      remainingMs: null,
    });
  });

  it.each([
    [0, 'red', 150],
    [149, 'red', 1],
    [150, 'green', 100],
    [249, 'green', 1],
    [250, 'red', 150],
    [2650, 'green', 100],
  ] as const)('is right %i ms into a pattern', (elapsed, colour, remainingMs) => {
    expect(ledAt(locate, elapsed)).toEqual({ colour, remainingMs });
  });

  it('counts back before the start, as a clock a little behind would', () => {
    expect(ledAt(locate, -1)).toEqual({ colour: 'green', remainingMs: 1 });
  });

  it('is off without a pattern', () => {
    expect(ledAt([], 10)).toEqual({ colour: 'off', remainingMs: null });
  });
});

describe('words for a LED', () => {
  it('names what the manual says of each pattern', () => {
    expect(ledMeaning('status', locate)).toBe('Locate device is on');
    expect(ledMeaning('status', [{ colour: 'green', duration_ms: 0 }])).toBe('Normal operation');
    expect(
      ledMeaning('speaker', [
        { colour: 'green', duration_ms: 200 },
        { colour: 'off', duration_ms: 200 },
        { colour: 'green', duration_ms: 200 },
        { colour: 'off', duration_ms: 1000 },
      ]),
    ).toBe('Impedance not calibrated');
  });

  it('describes colour and flashing in words', () => {
    expect(ledDescription(locate)).toBe('Green and red, flashing');
    expect(ledDescription([{ colour: 'amber', duration_ms: 0 }])).toBe('Amber, steady');
    expect(ledDescription([])).toBe('Off');
  });
});

describe('the look of a pattern', () => {
  const flash = (colour: LedStep['colour'], ms: number): LedStep[] => [
    { colour, duration_ms: ms },
    { colour: 'off', duration_ms: ms },
  ];

  it('tells its rhythm', () => {
    expect(ledLook(flash('amber', 500))).toBe('Amber, flashing');
    expect(ledLook(flash('red', 1000))).toBe('Red, flashing slowly');
    expect(ledLook(locate)).toBe('Green and red, flashing fast');
    expect(ledLook([{ colour: 'green', duration_ms: 0 }])).toBe('Green, steady');
    expect(ledLook([...flash('green', 200), { colour: 'green', duration_ms: 200 }, { colour: 'off', duration_ms: 1400 }])).toBe(
      'Green, two short flashes and a long pause',
    );
  });

  it('stands once in the table, with all that it can mean', () => {
    const pattern = flash('amber', 500);
    const rows = ledRows([
      { led: 'status', cause: 'reset', pattern, meaning: 'reset' },
      { led: 'status', cause: 'upgrade', pattern, meaning: 'upgrade' },
      { led: 'speaker', cause: 'hot', pattern, meaning: 'hot' },
    ]);
    expect(rows.map((row) => [row.led, row.meanings])).toEqual([
      ['Status', ['reset', 'upgrade']],
      ['SPK', ['hot']],
    ]);
  });
});

describe('a gesture', () => {
  it('is told by how long and when the button is held', () => {
    expect(gestureWords({ hold_s: 0, at_power_up: false })).toBe('Press');
    expect(gestureWords({ hold_s: 2, at_power_up: false })).toBe('Press and hold');
    expect(gestureWords({ hold_s: 10, at_power_up: true })).toBe('Hold at power-up');
  });
});
