import { expect, test } from 'vitest';

import { LONGEST_WAIT_S, waitOf, waitProblem, waitText, waitWords } from './wait';

test('a time is written as hours, minutes and seconds', () => {
  expect(waitText(0)).toBe('00:00:00');
  expect(waitText(3725)).toBe('01:02:05');
  expect(waitText(LONGEST_WAIT_S)).toBe('99:59:59');
});

test('what people write is read', () => {
  expect(waitOf('00:05:00')).toBe(300);
  expect(waitOf(' 1:2:3 ')).toBe(3723);
  expect(waitOf('99:59:59')).toBe(LONGEST_WAIT_S);
  for (const wrong of ['', '5', '00:60:00', '100:00:00', 'a:b:c', '00:00']) {
    expect(waitOf(wrong)).toBeNull();
    expect(waitProblem(wrong)).toMatch(/hours, minutes and seconds/);
  }
});

test('a time is told in words', () => {
  expect(waitWords(5400)).toBe('1 hour 30 minutes');
  expect(waitWords(1)).toBe('1 second');
});
