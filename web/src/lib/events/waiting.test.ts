import { expect, test } from 'vitest';

import { contentOf } from './content';
import { condition, rule } from './fixtures';
import { MANUAL_TRIGGER, VIRTUAL_INPUT, waitingFor } from './waiting';

test('rules that wait for a hand are found', () => {
  const listed = [
    rule({ name: 'Shop', trigger: condition(MANUAL_TRIGGER, contentOf({ port: '1' })) }),
    rule({ name: 'Gate', conditions: [condition(VIRTUAL_INPUT, contentOf({ port: '7', active: '1' }))], enabled: false }),
    rule({ name: 'Any', conditions: [condition(VIRTUAL_INPUT)] }),
  ].map((one) => ({ rule: one, active: false, since: null, available: '' }));
  expect(waitingFor(MANUAL_TRIGGER, listed).map((one) => one.rule)).toEqual(['Shop']);
  expect(waitingFor(VIRTUAL_INPUT, listed)).toEqual([
    { rule: 'Gate', enabled: false, port: 7 },
    { rule: 'Any', enabled: true, port: null },
  ]);
});
