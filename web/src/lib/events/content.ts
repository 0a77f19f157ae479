/** Content filters (ONVIF ItemFilter) that say nothing but which values must be there, as a form can show them. */

import type { Values } from '../../api/event-types';

const ITEM =
  /^boolean\(\s*\/\/(?:\w+:)?SimpleItem\[\s*@Name\s*=\s*(?:"([^"]*)"|'([^']*)')\s+and\s+@Value\s*=\s*(?:"([^"]*)"|'([^']*)')\s*\]\s*\)\s*/;

/** The values that a filter asks for; null when it says anything else. */
export function valuesOf(content: string): Values | null {
  const values: Values = {};
  let rest = content.trim();
  while (rest !== '') {
    const item = ITEM.exec(rest);
    if (!item) return null;
    const name = item[1] ?? item[2] ?? '';
    if (name in values) return null;
    values[name] = item[3] ?? item[4] ?? '';
    rest = rest.slice(item[0].length);
    if (rest === '') break;
    const and = /^and\s+/.exec(rest);
    if (!and) return null;
    rest = rest.slice(and[0].length);
    if (rest === '') return null;
  }
  return values;
}

/** The filter for messages that hold all of these values. */
export function contentOf(values: Values): string {
  return Object.entries(values)
    .map(([name, value]) => `boolean(//SimpleItem[@Name="${name}" and @Value=${quoted(value)}])`)
    .join(' and ');
}

/** XPath has no way to write a quote in a text but the other kind around it. */
function quoted(value: string): string {
  return value.includes('"') ? `'${value.replaceAll("'", '')}'` : `"${value}"`;
}

const PREFIXES: Readonly<Record<string, string>> = { onvif: 'tns1', axis: 'tnsaxis' };

/** The topic as the unit prints it: a prefix only where the namespace changes; null when it is no single topic. */
export function singleTopic(expression: string): string | null {
  const text = expression.trim();
  if (text.includes('|') || text.endsWith('//.')) return null;
  let above = '';
  const levels: string[] = [];
  for (const level of text.split('/')) {
    const match = /^(?:(\w+):)?([A-Za-z_][\w.-]*)$/.exec(level);
    if (!match) return null;
    const prefix = match[1] === undefined ? above : (PREFIXES[match[1]] ?? match[1]);
    if (prefix === '') return null;
    levels.push(prefix === above ? (match[2] ?? '') : `${prefix}:${match[2] ?? ''}`);
    above = prefix;
  }
  return levels.join('/');
}
