import { expect, test } from 'vitest';

import type { Action, Evaluation } from '../../api/event-types';
import type { Clip } from '../../api/types';
import { contentOf } from './content';
import { condition, INPUT, INTERVAL, KNOWN, OFFICE, parameter, PLAYING, PRESSED, rule, template } from './fixtures';
import { actionWords, clipName, conditionWords, outcomeWords, ruleWords } from './words';

const PLAY = template('play', 'Play audio clip', {
  parameters: [parameter('location', { kind: 'clip' }), parameter('repeat')],
});
const WHILE = template('while', 'Play audio clip while the rule is active', { unlimited: true });
const TELL = template('tell', 'Send notification through HTTP', { recipient: 'http' });
const CLIPS = [{ name: 'Alarm', location: 'alarm.mp3' }] as Clip[];
const ACTIONS = {
  templates: [PLAY, WHILE, TELL],
  recipients: [{ id: 4, name: 'Desk', template: 'http', parameters: {} }],
  clips: CLIPS,
};
const action: Action = { id: 1, name: '', template: 'play', parameters: { location: 'alarm.mp3' }, recipient: 0 };
const active = condition(INPUT.topic, contentOf({ port: '0', state: '1' }));

test('conditions are told as people say them', () => {
  expect(conditionWords(active, KNOWN)).toBe('input 1 is active');
  expect(conditionWords({ ...active, invert: true }, KNOWN)).toBe('input 1 is not active');
  const no = condition(INPUT.topic, contentOf({ port: '0', state: '0' }));
  expect(conditionWords(no, KNOWN)).toBe('input 1 is not active');
  const any = condition(INPUT.topic, contentOf({ port: '-1', state: '1' }));
  expect(conditionWords(any, KNOWN)).toBe('any input is active');
  expect(conditionWords(condition(PLAYING.topic, contentOf({ Playing: '1' }), true), KNOWN)).toBe(
    'no audio clip is playing',
  );
  const schedule = condition(INTERVAL.topic, contentOf({ id: OFFICE.schedule.id, active: '1' }));
  expect(conditionWords(schedule, KNOWN)).toBe('it is time for “Office Hours”');
  const keys = condition(PRESSED.topic, contentOf({ DTMFEventId: 'dtmf_event_0' }));
  expect(conditionWords(keys, KNOWN)).toBe('the keys “stop audio” are pressed in a call');
});

test('what has no phrase is told by its names, what has no fields by its expression', () => {
  expect(conditionWords(condition('tnsaxis:New/Thing', contentOf({ a: 'b' })), KNOWN)).toBe(
    '“tnsaxis:New/Thing” tells of a b',
  );
  expect(conditionWords(condition('tns1:Device//.', ''), KNOWN)).toBe(
    'something matches the expression tns1:Device//.',
  );
});

test('an action names what it plays and whom it tells', () => {
  expect(actionWords(action, ACTIONS)).toBe('play audio clip “Alarm”');
  expect(actionWords({ ...action, parameters: { ...action.parameters, repeat: '2' } }, ACTIONS)).toBe(
    'play audio clip “Alarm”, 3 times',
  );
  expect(actionWords({ ...action, template: 'tell', recipient: 4 }, ACTIONS)).toBe(
    'send notification through HTTP to “Desk”',
  );
  expect(actionWords(undefined, ACTIONS)).toContain('not stored any more');
  expect(clipName('%2Fetc%2Faudioclips%2Falarm.mp3', CLIPS)).toBe('Alarm');
  expect(clipName('100%.mp3', CLIPS)).toBe('100%.mp3');
});

test('a whole rule is one sentence', () => {
  const sentence = (...[one, its]: [Parameters<typeof ruleWords>[0], Action]): string =>
    ruleWords(one, its, KNOWN, ACTIONS);
  expect(sentence(rule({ conditions: [active], wait_s: 300 }), action)).toBe(
    'When input 1 is active: play audio clip “Alarm”, at most every 5 minutes.',
  );
  expect(sentence(rule({ trigger: active, conditions: [condition(PLAYING.topic, contentOf({ Playing: '1' }), true)] }), action)).toBe(
    'When input 1 is active, while no audio clip is playing: play audio clip “Alarm”.',
  );
  expect(sentence(rule({ conditions: [active] }), { ...action, template: 'while' })).toMatch(/^While input 1/);
  expect(sentence(rule(), action)).toContain('no condition yet');
});

test('an explanation says what is missing', () => {
  const reason = { condition: active, met: false, is_trigger: false, since: null, states: [] };
  const evaluation: Evaluation = {
    time: 1,
    rule: 1,
    name: 'a',
    outcome: 'not met',
    event: null,
    reasons: [reason, { ...reason, met: true }],
    until: null,
  };
  expect(outcomeWords(evaluation, KNOWN)).toBe('Not everything is met: it needs that input 1 is active.');
  expect(outcomeWords({ ...evaluation, outcome: 'activated' }, KNOWN)).toMatch(/trigger has started it/);
  const met = [{ ...reason, met: true }];
  expect(outcomeWords({ ...evaluation, outcome: 'activated', reasons: met }, KNOWN)).toMatch(/^Everything is met/);
});
