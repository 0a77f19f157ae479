/** A rule in plain words. */

import type { Action, ActionTemplate, Condition, Evaluation, Reason, Recipient, Rule, Topic } from '../../api/event-types';
import type { Clip } from '../../api/types';
import { singleTopic, valuesOf } from './content';
import { fileOf } from './location';
import { phraseOf } from './phrases';
import { type Known, titleOf, topicOf, valueWords, yesItem } from './topics';
import { waitWords } from './wait';

/** What must be so, without "when" or "while": "input Port 1 is active". */
export function conditionWords(condition: Condition, known: Known): string {
  const name = singleTopic(condition.topic);
  const values = valuesOf(condition.content);
  if (name === null || values === null) {
    return `${condition.invert ? 'nothing' : 'something'} matches the expression ${condition.topic}`;
  }
  const topic = topicOf(known, name);
  const yes = topic ? yesItem(topic) : null;
  const told = yes ? values[yes.name] : undefined;
  if (yes === null || told !== undefined) {
    const holds = (told ?? '1') !== '0';
    const phrase = phraseOf(name, holds !== condition.invert, (item) => wordsOf(topic, item, values, known));
    if (phrase !== null) return phrase;
  }
  return plainWords(condition, name, topic, values, known);
}

function plainWords(
  condition: Condition,
  name: string,
  topic: Topic | undefined,
  values: Record<string, string>,
  known: Known,
): string {
  const title = `“${topic ? titleOf(topic) : name}”`;
  const yes = topic ? yesItem(topic) : null;
  const told = yes ? values[yes.name] : undefined;
  const items = Object.entries(values)
    .filter(([item]) => told === undefined || item !== yes?.name)
    .map(([item, value]) => itemWords(item, value, topic, known));
  if (topic?.state === null) {
    return `${title} ${condition.invert ? 'does not happen' : 'happens'}${items.length > 0 ? ` with ${items.join(', ')}` : ''}`;
  }
  const holds = (told ?? '1') !== '0';
  const so = holds === condition.invert ? 'not ' : '';
  if (told !== undefined || items.length === 0) {
    return `${title}${items.length > 0 ? ` (${items.join(', ')})` : ''} is ${so}so`;
  }
  return `${title} ${so === '' ? 'tells' : 'does not tell'} of ${items.join(', ')}`;
}

function itemWords(name: string, value: string, topic: Topic | undefined, known: Known): string {
  const item = [...(topic?.source ?? []), ...(topic?.data ?? [])].find((one) => one.name === name);
  const label = (item?.nice_name ?? name).toLowerCase();
  if (item?.type === 'xsd:boolean') return value === '1' ? label : `not ${label}`;
  const words = valueWords(topic, name, value, known);
  return words.toLowerCase().startsWith(label) ? words.toLowerCase() : `${label} ${words}`;
}

function wordsOf(topic: Topic | undefined, item: string, values: Record<string, string>, known: Known): string {
  const value = values[item];
  return value === undefined ? '' : valueWords(topic, item, value, known);
}

/** What is needed to tell of an action. */
export interface ActionKnown {
  templates: readonly ActionTemplate[];
  recipients: readonly Recipient[];
  clips: readonly Clip[];
}

export function actionWords(action: Action | undefined, known: ActionKnown): string {
  if (!action) return 'do what is not stored any more';
  const template = known.templates.find((one) => one.token === action.template);
  if (!template) return `do “${action.template}”, which this unit cannot`;
  // A rule says itself how long it lasts.
  let words = lowered(template.label.replace(/ while the rule is active$/, ''));
  for (const parameter of template.parameters) {
    const value = action.parameters[parameter.name] ?? '';
    if (parameter.kind === 'clip' && value !== '') words += ` “${clipName(value, known.clips)}”`;
    if (parameter.kind === 'port' && value !== '') words += ` at port ${Number(value) + 1}`;
  }
  const recipient = known.recipients.find((one) => one.id === action.recipient);
  if (recipient) words += ` to “${recipient.name}”`;
  const { repeat } = action.parameters;
  if (repeat !== undefined && Number(repeat) > 0) words += `, ${Number(repeat) + 1} times`;
  return words;
}

/** The name of the clip at a location, which devices keep percent-encoded and with its folder. */
export function clipName(location: string, clips: readonly Clip[]): string {
  const file = fileOf(location);
  return clips.find((clip) => fileOf(clip.location) === file)?.name ?? file;
}

function lowered(words: string): string {
  return /^[A-Z]{2}/.test(words) ? words : words.charAt(0).toLowerCase() + words.slice(1);
}

/** "While input Port 1 is active, play audio clip “Alarm”; at most every 5 minutes." */
export function ruleWords(rule: Rule, action: Action | undefined, known: Known, actionKnown: ActionKnown): string {
  const unlimited = actionKnown.templates.find((one) => one.token === action?.template)?.unlimited ?? false;
  const held = rule.conditions.map((one) => conditionWords(one, known)).join(' and ');
  const does = actionWords(action, actionKnown);
  const wait = rule.wait_s > 0 ? `, at most every ${waitWords(rule.wait_s)}` : '';
  let when: string;
  if (rule.trigger) {
    const started = conditionWords(rule.trigger, known);
    when = held === '' ? `When ${started}` : `When ${started}, while ${held}`;
  } else if (held === '') {
    return 'This rule has no condition yet, so it does nothing.';
  } else {
    when = `${unlimited ? 'While' : 'When'} ${held}`;
  }
  const long = unlimited && rule.trigger && held !== '' ? ', and go on as long as that is so' : '';
  return `${when}: ${does}${long}${wait}.`;
}

/** The conditions of a rule, the trigger first. */
export function whenWords(rule: Rule, known: Known): string {
  const all = [...(rule.trigger ? [rule.trigger] : []), ...rule.conditions];
  return all.map((one) => conditionWords(one, known)).join(' and ') || 'nothing';
}

/** What an evaluation came to, as a sentence. */
export function outcomeWords(evaluation: Evaluation, known: Known): string {
  const missing = evaluation.reasons.filter((reason) => !reason.met);
  const lacks = missing.map((reason) => missingWords(reason, known)).join(', and ');
  switch (evaluation.outcome) {
    case 'activated':
      return missing.length === 0
        ? 'Everything is met: the rule is active.'
        : 'The rule is active: its trigger has started it, and the other conditions are met.';
    case 'ended':
      return lacks === '' ? 'The rule is not active.' : `The rule is not active: ${lacks}.`;
    case 'waiting':
      return 'Everything is met, but the time between two actions is not over yet.';
    case 'disabled':
      return 'The rule is disabled. Enable it to let it act.';
    case 'not met':
      return lacks === '' ? 'The rule is not active.' : `Not everything is met: ${lacks}.`;
  }
}

function missingWords(reason: Reason, known: Known): string {
  const words = conditionWords(reason.condition, known);
  return reason.is_trigger ? `it waits until ${words}` : `it needs that ${words}`;
}

export const OUTCOMES: Readonly<Record<Evaluation['outcome'], string>> = {
  activated: 'Activated',
  ended: 'Ended',
  waiting: 'Held back by the wait between actions',
  'not met': 'Triggered, but not everything was met',
  disabled: 'Disabled',
};
