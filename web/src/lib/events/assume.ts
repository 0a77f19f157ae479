/** Events that somebody assumes to happen, for a run that does nothing. */

import type { Item, Told, Topic, Values } from '../../api/event-types';
import { choices, firstValues, type Known } from './topics';

/** What an event of a topic is like unless somebody says otherwise. */
export function assumedValues(topic: Topic, known: Known): Values {
  const values = firstValues(topic, known);
  for (const item of [...topic.source, ...topic.data]) {
    const offered = Object.keys(choices(topic, item, known) ?? {}).filter((value) => value !== '-1');
    const [first] = offered;
    // What stands for any of them is what the unit makes of the others.
    if (values[item.name] === '-1') delete values[item.name];
    if (first !== undefined) values[item.name] ??= item.type === 'xsd:boolean' ? '1' : first;
  }
  return values;
}

export function assumptionProblem(
  topic: Topic | undefined,
  values: Values,
  at: string,
  from: string,
  to: string,
): string | null {
  if (!topic) return 'Choose what happens.';
  const lacks = [...topic.source, ...topic.data].find((item) => needed(item) && !values[item.name]);
  if (lacks) return `Enter ${lacks.nice_name}.`;
  return at !== '' && (at < from || at > to) ? 'Enter a time between the beginning and the end.' : null;
}

const needed = (item: Item): boolean => item.type !== 'xsd:string' || item.values !== null;

export function assumedEvent(topic: Topic, values: Values, known: Known): Told {
  const usual = assumedValues(topic, known);
  const filled = (items: readonly Item[]): Values =>
    Object.fromEntries(items.map((item) => [item.name, values[item.name] ?? usual[item.name] ?? '']));
  return { topic: topic.topic, source: filled(topic.source), data: filled(topic.data) };
}

/** "2026-01-31T06:30": a moment as a field for days and times has it, by the browser's clock. */
export function inputTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = [date.getFullYear(), pad(date.getMonth() + 1), pad(date.getDate())].join('-');
  return `${day}T${pad(date.getHours())}:${pad(date.getMinutes())}`;
}

/** The seconds since 1970 of such a field; null when it is empty or wrong. */
export function timeOfInput(text: string): number | null {
  const time = Date.parse(text);
  return Number.isNaN(time) ? null : time / 1000;
}
