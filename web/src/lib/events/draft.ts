/** A rule while somebody edits it, and what is wrong with it. */

import type { Action, ActionTemplate, Condition, Rule, TemplateParameter, Values } from '../../api/event-types';
import { contentOf, singleTopic, valuesOf } from './content';
import { firstValues, type Known, topicOf } from './topics';
import { waitOf, waitProblem, waitText } from './wait';

export interface DraftCondition {
  /** For the list on the page only. */
  key: number;
  /** The topic that was picked; empty while none is. */
  topic: string;
  values: Values;
  invert: boolean;
  /** What no field can show is edited as text. */
  advanced: { topic: string; content: string } | null;
}

export interface Draft {
  id: number;
  enabled: boolean;
  name: string;
  wait: string;
  conditions: DraftCondition[];
  /** The first condition is only a trigger. */
  trigger: boolean;
  template: string;
  parameters: Values;
  recipient: number;
  /** What a recipient would say stands among the parameters, as other clients write it. */
  inline: boolean;
  action: number;
}

let keys = 0;

export function emptyCondition(): DraftCondition {
  keys += 1;
  return { key: keys, topic: '', values: {}, invert: false, advanced: null };
}

export function emptyDraft(): Draft {
  return {
    id: 0,
    enabled: true,
    name: '',
    wait: '00:00:00',
    conditions: [emptyCondition()],
    trigger: false,
    template: '',
    parameters: {},
    recipient: 0,
    inline: false,
    action: 0,
  };
}

export function draftOf(rule: Rule, action: Action | undefined, template: ActionTemplate | undefined, known: Known): Draft {
  const all = [...(rule.trigger ? [rule.trigger] : []), ...rule.conditions];
  const conditions = all.map((condition) => draftCondition(condition, known));
  return {
    id: rule.id,
    enabled: rule.enabled,
    name: rule.name,
    wait: waitText(rule.wait_s),
    conditions: conditions.length > 0 ? conditions : [emptyCondition()],
    trigger: rule.trigger !== null,
    template: action?.template ?? '',
    parameters: { ...action?.parameters },
    recipient: action?.recipient ?? 0,
    inline: action?.recipient === 0 && template !== undefined && template.recipient !== null,
    action: rule.action,
  };
}

function draftCondition(condition: Condition, known: Known): DraftCondition {
  const draft = { ...emptyCondition(), invert: condition.invert };
  const topic = singleTopic(condition.topic);
  const values = valuesOf(condition.content);
  const declared = topic === null ? undefined : topicOf(known, topic);
  const items = declared && new Set([...declared.source, ...declared.data].map((item) => item.name));
  if (topic !== null && values !== null && items && Object.keys(values).every((name) => items.has(name))) {
    return { ...draft, topic, values };
  }
  return { ...draft, advanced: { topic: condition.topic, content: condition.content } };
}

/** The condition on another topic, with what is usual for it. */
export function withTopic(condition: DraftCondition, topic: string, known: Known): DraftCondition {
  const declared = topicOf(known, topic);
  return { ...condition, topic, advanced: null, values: declared ? firstValues(declared, known) : {} };
}

export function conditionOf(draft: DraftCondition): Condition {
  return draft.advanced
    ? { ...draft.advanced, invert: draft.invert }
    : { topic: draft.topic, content: contentOf(draft.values), invert: draft.invert };
}

/** Whether a condition can only start a rule: what only happens does not hold. */
export function onlyTriggers(draft: DraftCondition, known: Known): boolean {
  return draft.advanced === null && topicOf(known, draft.topic)?.state === null;
}

export function isTrigger(draft: Draft, known: Known): boolean {
  const [first] = draft.conditions;
  return draft.trigger || (first !== undefined && onlyTriggers(first, known));
}

export function ruleOf(draft: Draft, known: Known): Rule {
  const chosen = draft.conditions.filter((one) => one.advanced !== null || one.topic !== '').map(conditionOf);
  const trigger = isTrigger(draft, known) ? (chosen.shift() ?? null) : null;
  return {
    id: draft.id,
    name: draft.name.trim(),
    enabled: draft.enabled,
    action: draft.action,
    trigger,
    conditions: chosen,
    wait_s: waitOf(draft.wait) ?? 0,
  };
}

/** A rule as it is tried: as if it were stored and enabled. */
export function triedRule(rule: Rule, stored: readonly Rule[]): Rule {
  const next = Math.max(0, ...stored.map((one) => one.id)) + 1;
  return { ...rule, id: rule.id === 0 ? next : rule.id, enabled: true };
}

/** The action of a draft; `template` leaves out what it does not have. */
export function actionOf(draft: Draft, template: ActionTemplate | undefined): Action {
  const inline = draft.inline && draft.recipient === 0 ? draft.parameters : {};
  return {
    id: draft.action,
    name: draft.name.trim(),
    template: draft.template,
    parameters: template ? { ...inline, ...parametersOf(template.parameters, draft.parameters) } : draft.parameters,
    recipient: template?.recipient === null ? 0 : draft.recipient,
  };
}

/** What is sent of a form: every parameter, but for secrets that were not entered, which stay as they are. */
export function parametersOf(parameters: readonly TemplateParameter[], values: Values): Values {
  const sent: Values = {};
  for (const { name, kind, default: usual, deprecated } of parameters) {
    const value = values[name];
    if (value === undefined && (kind === 'secret' || deprecated)) continue;
    sent[name] = value ?? usual ?? '';
  }
  return sent;
}

/** What is wrong with one parameter; null when nothing is. `stored` secrets need not be entered again. */
export function parameterProblem(parameter: TemplateParameter, value: string | undefined, stored: boolean): string | null {
  const text = value ?? parameter.default ?? '';
  if (text === '') {
    const needed = parameter.default === null && !(parameter.kind === 'secret' && stored && value === undefined);
    if (!needed) return null;
    return parameter.kind === 'clip' || parameter.kind === 'port' || parameter.kind === 'choice'
      ? `Choose ${parameter.kind === 'clip' ? 'an audio clip' : parameter.kind === 'port' ? 'a port' : 'one'}.`
      : `Enter ${parameter.label}.`;
  }
  if (text.length > parameter.longest) return `Use at most ${parameter.longest} characters.`;
  if (parameter.kind !== 'integer') return null;
  const { low, high } = parameter;
  const inside = /^-?\d{1,15}$/.test(text) && Number(text) >= (low ?? -Infinity) && Number(text) <= (high ?? Infinity);
  if (inside) return null;
  if (low !== null && high !== null) return `Enter a whole number from ${low} to ${high}.`;
  return low === null ? 'Enter a whole number.' : `Enter a whole number of at least ${low}.`;
}

export interface DraftProblems {
  name: string | null;
  wait: string | null;
  /** By the key of the condition. */
  conditions: Record<number, string>;
  action: string | null;
  recipient: string | null;
  parameters: Record<string, string>;
}

export function problemsOf(draft: Draft, template: ActionTemplate | undefined, known: Known): DraftProblems {
  const conditions: Record<number, string> = {};
  draft.conditions.forEach((condition, index) => {
    const problem = conditionProblem(condition, index, known);
    if (problem) conditions[condition.key] = problem;
  });
  const parameters: Record<string, string> = {};
  for (const parameter of template?.parameters ?? []) {
    const problem = parameterProblem(parameter, draft.parameters[parameter.name], draft.action !== 0);
    if (problem) parameters[parameter.name] = problem;
  }
  return {
    name: draft.name.trim() === '' ? 'Enter a name.' : null,
    wait: waitProblem(draft.wait),
    conditions,
    action: actionProblem(draft, template, known),
    recipient: template && template.recipient !== null && draft.recipient === 0 && !draft.inline ? 'Choose a recipient.' : null,
    parameters,
  };
}

function conditionProblem(condition: DraftCondition, index: number, known: Known): string | null {
  if (condition.advanced) return condition.advanced.topic.trim() === '' ? 'Enter a topic expression.' : null;
  if (condition.topic === '') return 'Choose a condition.';
  const topic = topicOf(known, condition.topic);
  if (index > 0 && topic?.state === null) {
    return 'This only happens and does not last, so it can only be the first condition, as the trigger.';
  }
  if (topic?.source.some((item) => item.name === 'id') && !condition.values['id']) {
    return 'There is nothing to choose yet: add a schedule or pulse under Schedules first.';
  }
  return null;
}

function actionProblem(draft: Draft, template: ActionTemplate | undefined, known: Known): string | null {
  if (!template) return 'Choose an action.';
  if (template.unlimited && isTrigger(draft, known) && draft.conditions.length < 2) {
    return 'This action lasts while the rule is active: add a condition that is not a trigger, which says how long.';
  }
  return null;
}

export function isRight(problems: DraftProblems): boolean {
  const { conditions, parameters, ...others } = problems;
  const each = [...Object.values(conditions), ...Object.values(parameters), ...Object.values(others)];
  return each.every((problem) => problem === null);
}
