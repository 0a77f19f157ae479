import { expect, test } from 'vitest';

import type { Action } from '../../api/event-types';
import { contentOf } from './content';
import {
  actionOf,
  draftOf,
  emptyDraft,
  isRight,
  parameterProblem,
  problemsOf,
  ruleOf,
  triedRule,
  withTopic,
} from './draft';
import { condition, GESTURE, INPUT, KNOWN, parameter, PLAYING, rule, template } from './fixtures';

const action: Action = { id: 1, name: '', template: 'play', parameters: { location: 'a.mp3' }, recipient: 0 };
const PLAY = template('play', 'Play', { parameters: [parameter('location', { kind: 'clip', default: null })] });

test('a rule survives the form unchanged', () => {
  const stored = rule({
    trigger: condition(PLAYING.topic, contentOf({ Playing: '1' }), true),
    conditions: [condition(INPUT.topic, contentOf({ port: '0', state: '1' })), condition('tns1:Device//.', 'not()')],
    wait_s: 90,
  });
  const draft = draftOf(stored, action, PLAY, KNOWN);
  expect(draft.conditions.map((one) => one.advanced !== null)).toEqual([false, false, true]);
  expect(ruleOf(draft, KNOWN)).toEqual(stored);
  expect(actionOf(draft, PLAY)).toMatchObject({ id: 1, parameters: { location: 'a.mp3' } });
});

test('what only happens is a trigger without being asked', () => {
  const draft = emptyDraft();
  const [first] = draft.conditions;
  if (!first) throw new Error('there is none');
  draft.conditions = [withTopic(first, GESTURE.topic, KNOWN)];
  expect(ruleOf(draft, KNOWN)).toMatchObject({ trigger: { topic: GESTURE.topic }, conditions: [] });
});

test('everything that is missing is named', () => {
  const draft = { ...emptyDraft(), wait: 'soon' };
  const problems = problemsOf(draft, undefined, KNOWN);
  expect(problems.name).toBe('Enter a name.');
  expect(problems.wait).toMatch(/hours/);
  expect(Object.values(problems.conditions)).toEqual(['Choose a condition.']);
  expect(problems.action).toBe('Choose an action.');
  expect(isRight(problems)).toBe(false);
});

test('an action that lasts needs a condition that says how long', () => {
  const draft = draftOf(rule({ trigger: condition(INPUT.topic, contentOf({ state: '1' })) }), action, PLAY, KNOWN);
  expect(problemsOf(draft, { ...PLAY, unlimited: true }, KNOWN).action).toMatch(/how long/);
  expect(isRight(problemsOf(draft, PLAY, KNOWN))).toBe(true);
});

test('a stateless topic can only come first', () => {
  const draft = draftOf(rule({ conditions: [condition(INPUT.topic), condition(GESTURE.topic)] }), action, PLAY, KNOWN);
  expect(Object.values(problemsOf(draft, PLAY, KNOWN).conditions)[0]).toMatch(/first condition/);
});

test('parameters have limits', () => {
  const port = parameter('port', { kind: 'integer', low: 0, high: 65535, default: '21' });
  expect(parameterProblem(port, undefined, false)).toBeNull();
  expect(parameterProblem(port, '70000', false)).toMatch(/0 to 65535/);
  expect(parameterProblem(port, '1.5', false)).toMatch(/whole number/);
  const secret = parameter('password', { kind: 'secret', default: null });
  expect(parameterProblem(secret, undefined, true)).toBeNull();
  expect(parameterProblem(secret, undefined, false)).toMatch(/Enter/);
});

test('a secret that was not entered is not sent', () => {
  const secret = template('a', 'A', { parameters: [parameter('password', { kind: 'secret' }), parameter('login')] });
  const draft = { ...emptyDraft(), template: 'a', parameters: { login: 'me' } };
  expect(actionOf(draft, secret).parameters).toEqual({ login: 'me' });
});

test('a recipient that another client wrote into the action stays there', () => {
  const tell = template('tell', 'Tell', { recipient: 'http', parameters: [parameter('message')] });
  const inline = { ...action, template: 'tell', parameters: { upload_url: 'http://192.0.2.1/', message: 'hi' } };
  const draft = draftOf(rule({ conditions: [condition(INPUT.topic)] }), inline, tell, KNOWN);
  expect(isRight(problemsOf(draft, tell, KNOWN))).toBe(true);
  expect(actionOf(draft, tell)).toMatchObject({ parameters: inline.parameters, recipient: 0 });
  expect(actionOf({ ...draft, recipient: 3 }, tell)).toMatchObject({ parameters: { message: 'hi' }, recipient: 3 });
});

test('a rule is tried as if it were stored and enabled', () => {
  expect(triedRule(rule({ id: 0, enabled: false }), [rule({ id: 4 })])).toMatchObject({ id: 5, enabled: true });
  expect(triedRule(rule({ id: 3 }), [rule({ id: 4 })]).id).toBe(3);
});
