/** Which rules wait for what a person can do by hand. */

import type { Condition, ListedRule } from '../../api/event-types';
import { singleTopic, valuesOf } from './content';

export const MANUAL_TRIGGER = 'tns1:Device/tnsaxis:IO/VirtualPort';
export const VIRTUAL_INPUT = 'tns1:Device/tnsaxis:IO/VirtualInput';

export interface Waiting {
  rule: string;
  enabled: boolean;
  /** The number of a virtual input; null for any, and for the manual trigger. */
  port: number | null;
}

export function waitingFor(topic: string, rules: readonly ListedRule[]): Waiting[] {
  return rules.flatMap(({ rule }) =>
    [...(rule.trigger ? [rule.trigger] : []), ...rule.conditions]
      .filter((condition) => singleTopic(condition.topic) === topic)
      .map((condition) => ({ rule: rule.name, enabled: rule.enabled, port: portOf(condition) })),
  );
}

function portOf(condition: Condition): number | null {
  const port = valuesOf(condition.content)?.['port'];
  return port === undefined ? null : Number(port);
}
