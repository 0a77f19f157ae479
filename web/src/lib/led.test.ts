import { describe, expect, it } from 'vitest';

import type { LedStep } from '../api/types';
import { ledAt, ledDescription, ledMeaning } from './led';

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
