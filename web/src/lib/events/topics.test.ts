import { expect, test } from 'vitest';

import { GESTURE, INPUT, INTERVAL, KNOWN, OFFICE, PLAYING } from './fixtures';
import { choices, firstValues, groupOf, subjectOf, suggestions, toldWords, topicGroups } from './topics';

test('topics stand in groups, without what is meant for programs', () => {
  const groups = topicGroups(KNOWN.topics, '');
  expect(groups.map((group) => group.name)).toEqual(['Input ports', 'Schedules', 'Audio', 'Call', 'Device']);
  expect(groups.flatMap((group) => group.topics).some((topic) => topic.application_data)).toBe(false);
  const kept = topicGroups(KNOWN.topics, 'tns1:Device/Trigger/DigitalInput');
  expect(kept.find((group) => group.name === 'Device')?.topics).toHaveLength(2);
  expect(groupOf('tnsaxis:Call/State')).toBe('Call');
  expect(groupOf('tns1:Something/New')).toBe('Other');
});

test('a new condition asks for the active state, and for the first schedule', () => {
  expect(firstValues(INPUT, KNOWN)).toEqual({ port: '-1', state: '1' });
  expect(firstValues(INTERVAL, KNOWN)).toEqual({ id: OFFICE.schedule.id, active: '1' });
  expect(firstValues(GESTURE, KNOWN)).toEqual({});
});

test('values have their words, schedules their names', () => {
  const [id] = INTERVAL.source;
  expect(id && choices(INTERVAL, id, KNOWN)).toEqual({ [OFFICE.schedule.id]: 'Office Hours' });
  const [port] = INPUT.source;
  expect(port && suggestions(INPUT, port, KNOWN)).toEqual(['0']);
});

test('an event is told in words', () => {
  const told = { topic: INPUT.topic, source: { port: '0' }, data: { state: '1' } };
  expect(toldWords(told, KNOWN)).toBe('Input 1 is active');
  expect(toldWords({ ...told, data: { state: '0' } }, KNOWN)).toBe('Input 1 is not active');
  const gesture = { topic: GESTURE.topic, source: {}, data: { gesture: 'impedance_test' } };
  expect(toldWords(gesture, KNOWN)).toBe('Control button gesture: gesture Impedance test');
  const load = { topic: 'tns1:Device/tnsaxis:Impedance/LoadAlarm', source: {}, data: { reason: 'open' } };
  expect(toldWords(load, KNOWN)).toBe('There is an alarm of the load (reason open)');
  expect(toldWords({ topic: 'tns1:New', source: {}, data: { a: 'b' } }, KNOWN)).toBe('tns1:New: a b');
});

test('what an event is about is named', () => {
  expect(subjectOf({ topic: INPUT.topic, source: { port: '0' }, data: {} }, KNOWN)).toBe('Port 1 (Digital input port)');
  expect(subjectOf({ topic: PLAYING.topic, source: { AudioOutput: '1' }, data: {} }, KNOWN)).toBe('Audio clip playing');
  expect(subjectOf({ topic: 'tns1:New', source: { number: '7' }, data: {} }, KNOWN)).toBe('tns1:New 7');
});
