import { expect, it } from 'vitest';

import { remaining, ruleWords } from './classes';

it('knows what is left of the others', () => {
  expect(remaining({ action: 'silence', depthDb: 20, rampMs: 10 })).toBe(0);
  expect(remaining({ action: 'mix', depthDb: 20, rampMs: 10 })).toBe(1);
  expect(remaining({ action: 'duck', depthDb: 20, rampMs: 10 })).toBeCloseTo(0.1);
});

it('tells what a class does in one line', () => {
  expect(ruleWords({ action: 'duck', depthDb: 12, rampMs: 100 })).toBe(
    'The others go down by 12 dB within 100 ms.',
  );
  expect(ruleWords({ action: 'silence', depthDb: 0, rampMs: 2500 })).toBe(
    'The others fall silent within 2.5 s.',
  );
  expect(ruleWords({ action: 'mix', depthDb: 12, rampMs: 1 })).toBe('The others play along.');
});
