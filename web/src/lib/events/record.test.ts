import { expect, test } from 'vitest';

import type { Delivery, Recorded } from '../../api/event-types';
import { INPUT, KNOWN } from './fixtures';
import { deliveryWords, entryOf, recordLanes } from './record';

const delivery: Delivery = {
  number: 1,
  time: 10,
  recipient: 'Desk',
  what: 'HTTP notification',
  state: 'failed',
  attempts: 3,
  reason: 'connection refused.',
  next_attempt: null,
};
const nothing = { event: null, evaluation: null, delivery: null, left_out: 0 };
const event = { topic: INPUT.topic, source: { port: '0' }, data: { state: '1' } };
const entries: Recorded[] = [
  { ...nothing, number: 1, time: 5, kind: 'event', event },
  {
    ...nothing,
    number: 2,
    time: 5,
    kind: 'evaluation',
    evaluation: { time: 5, rule: 1, name: 'Bell', outcome: 'activated', event, reasons: [], until: null },
  },
  { ...nothing, number: 3, time: 10, kind: 'delivery', delivery },
];

test('a delivery says how it went', () => {
  expect(deliveryWords(delivery)).toBe('HTTP notification to “Desk” failed after 3 attempts: connection refused.');
  expect(deliveryWords({ ...delivery, state: 'delivered', attempts: 1, reason: '' })).toBe(
    'HTTP notification to “Desk” was delivered.',
  );
  expect(deliveryWords({ ...delivery, state: 'queued', next_attempt: 100 })).toContain('next attempt is at');
});

test('an entry is told in words', () => {
  expect(entries.map((one) => entryOf(one, KNOWN).title)).toEqual([
    'Input 1 is active',
    '“Bell”: activated',
    deliveryWords(delivery),
  ]);
  expect(entries.map((one) => entryOf(one, KNOWN).failed)).toEqual([false, false, true]);
});

test('rules come first in the drawing, then deliveries and what happened', () => {
  const lanes = recordLanes(entries, 20, KNOWN, 10);
  expect(lanes.map((lane) => lane.label)).toEqual(['Bell', 'Deliveries', 'Port 1 (Digital input port)']);
  expect(recordLanes(entries, 20, KNOWN, 2)).toHaveLength(2);
});
