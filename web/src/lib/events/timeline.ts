/** What happened, or would have, as lanes of a drawing: bands for what lasts, marks for moments. */

import type { Evaluation, Outcome, Recorded, Rule, Told } from '../../api/event-types';
import type { Axis } from '../plot';
import { type Known, subjectOf, toldWords, topicOf } from './topics';

export interface Span {
  from: number;
  to: number;
}

export type MarkKind = 'activated' | 'waiting' | 'missed' | 'event' | 'failed';

export interface Mark {
  at: number;
  kind: MarkKind;
  words: string;
}

export interface Lane {
  key: string;
  label: string;
  kind: 'rule' | 'state' | 'pulse';
  /** Which of two sets of rules a lane shows, where two are compared. */
  quiet: boolean;
  spans: Span[];
  marks: Mark[];
}

const MARKS: Readonly<Record<Outcome, MarkKind | null>> = {
  activated: 'activated',
  ended: null,
  waiting: 'waiting',
  'not met': 'missed',
  disabled: null,
};

/** The lanes of rules; `lasting` tells whether a rule can stay active. */
export function ruleLanes(
  evaluations: readonly Evaluation[],
  end: number,
  lasting: (rule: number) => boolean,
  quiet = false,
): Lane[] {
  const lanes = new Map<number, Lane>();
  const open = new Map<number, number>();
  for (const one of [...evaluations].sort((a, b) => a.time - b.time)) {
    const lane = lanes.get(one.rule) ?? newLane(`rule ${one.rule}${quiet ? ' before' : ''}`, one.name, 'rule', quiet);
    lanes.set(one.rule, lane);
    const kind = MARKS[one.outcome];
    if (kind) lane.marks.push({ at: one.time, kind, words: one.outcome });
    if (one.outcome === 'activated' && lasting(one.rule) && !open.has(one.rule)) open.set(one.rule, one.time);
    if (one.outcome !== 'ended') continue;
    const from = open.get(one.rule);
    if (from !== undefined) lane.spans.push({ from, to: one.time });
    open.delete(one.rule);
  }
  for (const [rule, from] of open) lanes.get(rule)?.spans.push({ from, to: end });
  return byLabel([...lanes.values()]);
}

function newLane(key: string, label: string, kind: Lane['kind'], quiet = false): Lane {
  return { key, label, kind, quiet, spans: [], marks: [] };
}

/** A rule that has conditions besides its trigger stays active; one that has a trigger only acts at once. */
export const lasts = (rules: readonly Rule[]): ((id: number) => boolean) => {
  const lasting = new Set(rules.filter((rule) => rule.conditions.length > 0).map((rule) => rule.id));
  return (id) => lasting.has(id);
};

export interface Moment {
  time: number;
  told: Told;
}

/** What the evaluations say of the events that caused them, each once. */
export function momentsOf(evaluations: readonly Evaluation[]): Moment[] {
  const moments = new Map<string, Moment>();
  for (const { time, event } of evaluations) {
    if (event) moments.set(`${time} ${JSON.stringify(event)}`, { time, told: event });
  }
  return [...moments.values()];
}

export function recordedMoments(entries: readonly Recorded[]): Moment[] {
  return entries.flatMap((entry) => (entry.event ? [{ time: entry.time, told: entry.event }] : []));
}

/**
 * The lanes of what happened around the rules. A state that is yes or no is a band while it is yes, as far as that is
 * known: of what only rules tell of, changes that moved no rule are missing, and what is left of a band is a mark.
 */
export function eventLanes(moments: readonly Moment[], end: number, known: Known, whole: boolean): Lane[] {
  const lanes = new Map<string, Lane>();
  const open = new Map<string, Moment>();
  const mark = (lane: Lane, { time, told }: Moment): void => {
    lane.marks.push({ at: time, kind: 'event', words: toldWords(told, known) });
  };
  for (const moment of [...moments].sort((a, b) => a.time - b.time)) {
    const { time, told } = moment;
    const key = JSON.stringify([told.topic, told.source]);
    const state = yesOrNo(told, known);
    const lane = lanes.get(key) ?? newLane(key, subjectOf(told, known), state === null ? 'pulse' : 'state');
    lanes.set(key, lane);
    const begun = open.get(key);
    if (state === null) {
      mark(lane, moment);
    } else if (state) {
      if (begun && !whole) mark(lane, begun);
      if (!begun || !whole) open.set(key, moment);
    } else {
      if (begun) lane.spans.push({ from: begun.time, to: time });
      else if (!whole) mark(lane, moment);
      open.delete(key);
    }
  }
  for (const [key, begun] of open) {
    const lane = lanes.get(key);
    if (lane && whole) lane.spans.push({ from: begun.time, to: end });
    else if (lane) mark(lane, begun);
  }
  return byLabel([...lanes.values()].filter((lane) => lane.spans.length + lane.marks.length > 0));
}

const byLabel = (lanes: Lane[]): Lane[] =>
  lanes.sort((a, b) => a.label.localeCompare(b.label, undefined, { numeric: true }));

function yesOrNo(told: Told, known: Known): boolean | null {
  const topic = topicOf(known, told.topic);
  const item = topic?.data.find((one) => one.name === topic.state);
  if (item?.type !== 'xsd:boolean') return null;
  return told.data[item.name] === '1';
}

export interface Difference {
  before: number;
  after: number;
}

/** How often a rule acted, before and after a change. */
export function difference(stored: readonly Evaluation[], changed: readonly Evaluation[], before: number, after: number): Difference {
  const count = (evaluations: readonly Evaluation[], rule: number): number =>
    evaluations.filter((one) => one.rule === rule && one.outcome === 'activated').length;
  return { before: count(stored, before), after: count(changed, after) };
}

export function differenceWords({ before, after }: Difference, isNew: boolean): string {
  const times = (count: number): string => (count === 1 ? 'once' : count === 0 ? 'never' : `${count} times`);
  if (isNew) return `The new rule would have acted ${times(after)}.`;
  if (before === after) return `No difference: it acted ${times(before)}, and would have acted ${times(after)}.`;
  const more = after - before;
  const words = more > 0 ? `${more} more` : `${-more} fewer`;
  return `It acted ${times(before)}; with your change it would have acted ${times(after)}, that is ${words}.`;
}

const STEPS_S = [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/** An axis of time with marks at full hours, or whatever is round for its length. */
export function timeAxis(start: number, end: number, most = 8): Axis {
  const length = Math.max(end - start, 1);
  const step = STEPS_S.find((one) => length / one <= most) ?? Math.ceil(length / most / 604_800) * 604_800;
  const offset = new Date(start * 1000).getTimezoneOffset() * 60;
  const first = Math.ceil((start - offset) / step) * step + offset;
  const ticks = [];
  for (let at = first; at <= end; at += step) ticks.push({ at, label: tickLabel(at, step) });
  return { from: start, to: start + length, ticks };
}

function tickLabel(at: number, step: number): string {
  const date = new Date(at * 1000);
  const midnight = date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0;
  if (step >= 86_400 || (midnight && step >= 3600)) {
    return date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
  }
  const seconds = step < 60 ? ({ second: '2-digit' } as const) : {};
  return date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', ...seconds });
}
