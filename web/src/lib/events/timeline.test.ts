import { expect, test } from 'vitest';

import type { Evaluation, Outcome } from '../../api/event-types';
import { condition, GESTURE, INPUT, KNOWN, rule } from './fixtures';
import { difference, differenceWords, eventLanes, lasts, momentsOf, ruleLanes, timeAxis } from './timeline';

const event = { topic: INPUT.topic, source: { port: '0' }, data: { state: '1' } };

function evaluation(time: number, outcome: Outcome, id = 1): Evaluation {
  return { time, rule: id, name: `Rule ${id}`, outcome, event, reasons: [], until: null };
}

test('a rule is a band from its activation to its end', () => {
  const all = [evaluation(10, 'activated'), evaluation(20, 'ended'), evaluation(30, 'activated'), evaluation(35, 'waiting')];
  const [lane] = ruleLanes(all, 100, lasts([rule({ conditions: [condition(INPUT.topic)] })]));
  expect(lane?.spans).toEqual([
    { from: 10, to: 20 },
    { from: 30, to: 100 },
  ]);
  expect(lane?.marks.map((mark) => mark.kind)).toEqual(['activated', 'activated', 'waiting']);
});

test('a rule that only has a trigger is a mark', () => {
  const [lane] = ruleLanes([evaluation(10, 'activated')], 100, lasts([rule()]));
  expect(lane?.spans).toEqual([]);
  expect(lane?.marks).toHaveLength(1);
});

const no = { ...event, data: { state: '0' } };
const pulse = { topic: GESTURE.topic, source: {}, data: { gesture: 'impedance_test' } };

test('of a record states are bands, and what only happens is a mark', () => {
  const moments = [
    { time: 20, told: no },
    { time: 30, told: event },
    { time: 40, told: pulse },
    { time: 50, told: no },
    { time: 60, told: event },
  ];
  const lanes = eventLanes(moments, 100, KNOWN, true);
  expect(lanes.map((lane) => lane.label)).toEqual(['Control button gesture', 'Port 1 (Digital input port)']);
  expect(lanes[1]?.spans).toEqual([
    { from: 30, to: 50 },
    { from: 60, to: 100 },
  ]);
  expect(lanes[0]?.marks[0]?.words).toBe('Control button gesture: gesture Impedance test');
  expect(eventLanes([{ time: 20, told: no }], 100, KNOWN, true)).toEqual([]);
});

test('of what moved rules only a band is drawn whose both ends are known', () => {
  const moments = [
    { time: 10, told: no },
    { time: 20, told: event },
    { time: 30, told: event },
    { time: 40, told: no },
    { time: 50, told: event },
  ];
  const [lane] = eventLanes(moments, 100, KNOWN, false);
  expect(lane?.spans).toEqual([{ from: 30, to: 40 }]);
  expect(lane?.marks.map((mark) => mark.at)).toEqual([10, 20, 50]);
});

test('an event that moved several rules is drawn once', () => {
  expect(momentsOf([evaluation(10, 'activated', 1), evaluation(10, 'activated', 2)])).toHaveLength(1);
});

test('the difference of two sets of rules is told', () => {
  const one = [evaluation(1, 'activated'), evaluation(2, 'ended')];
  expect(differenceWords(difference(one, [...one, evaluation(5, 'activated')], 1, 1), false)).toBe(
    'It acted once; with your change it would have acted 2 times, that is 1 more.',
  );
  expect(differenceWords({ before: 2, after: 2 }, false)).toMatch(/^No difference/);
  expect(differenceWords({ before: 0, after: 0 }, true)).toBe('The new rule would have acted never.');
});

test('an axis of time has round marks, not too many', () => {
  const axis = timeAxis(1000, 1000 + 86_400);
  expect(axis.ticks.length).toBeGreaterThan(3);
  expect(axis.ticks.length).toBeLessThanOrEqual(9);
  expect(timeAxis(0, 60).ticks.map((tick) => tick.at)).toEqual([0, 15, 30, 45, 60]);
});
