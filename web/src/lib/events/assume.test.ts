import { expect, test } from 'vitest';

import { assumedEvent, assumedValues, assumptionProblem, inputTime, timeOfInput } from './assume';
import { GESTURE, INPUT, KNOWN } from './fixtures';

test('an assumed event has every item', () => {
  expect(assumedValues(INPUT, KNOWN)).toEqual({ port: '0', state: '1' });
  expect(assumedEvent(INPUT, { state: '0' }, KNOWN)).toEqual({
    topic: INPUT.topic,
    source: { port: '0' },
    data: { state: '0' },
  });
});

test('what is missing is asked for', () => {
  const [from, to] = ['2026-01-01T00:00', '2026-01-02T00:00'];
  expect(assumptionProblem(undefined, {}, '', from, to)).toMatch(/Choose/);
  expect(assumptionProblem(GESTURE, {}, '', from, to)).toBe('Enter Gesture.');
  expect(assumptionProblem(INPUT, { port: '0', state: '1' }, '2026-01-03T00:00', from, to)).toMatch(/between/);
  expect(assumptionProblem(INPUT, { port: '0', state: '1' }, '', from, to)).toBeNull();
});

test('moments go into a field and come back', () => {
  expect(timeOfInput(inputTime(1_800_000_000))).toBe(1_800_000_000);
  expect(timeOfInput('')).toBeNull();
});
