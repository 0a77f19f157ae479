/** What the record holds, in words and as lanes. */

import type { Delivery, Recorded, RecordKind } from '../../api/event-types';
import { capital, momentOf } from '../format';
import { eventLanes, type Lane, recordedMoments, ruleLanes } from './timeline';
import { type Known, toldWords } from './topics';
import { OUTCOMES } from './words';

export const KINDS: readonly { value: RecordKind; text: string }[] = [
  { value: 'event', text: 'Events' },
  { value: 'evaluation', text: 'What rules did' },
  { value: 'delivery', text: 'Deliveries' },
];

const STATES: Readonly<Record<Delivery['state'], string>> = {
  queued: 'waits',
  sending: 'is being sent',
  delivered: 'was delivered',
  failed: 'failed',
};

export function deliveryWords(delivery: Delivery): string {
  const { recipient, what, state, attempts, reason, next_attempt: next } = delivery;
  const tries = attempts > 1 ? ` after ${attempts} attempts` : '';
  const why = reason === '' ? '' : `: ${reason.replace(/\.$/, '')}`;
  const again = next === null ? '' : `. The next attempt is at ${momentOf(next)}`;
  return `${capital(what)} to “${recipient}” ${STATES[state]}${tries}${why}${again}.`;
}

export interface Entry {
  title: string;
  detail: string;
  failed: boolean;
}

export function entryOf(recorded: Recorded, known: Known): Entry {
  const { evaluation, delivery, event } = recorded;
  if (evaluation) {
    const detail = evaluation.event ? toldWords(evaluation.event, known) : '';
    return { title: `“${evaluation.name}”: ${OUTCOMES[evaluation.outcome].toLowerCase()}`, detail, failed: false };
  }
  if (delivery) return { title: deliveryWords(delivery), detail: '', failed: delivery.state === 'failed' };
  return { title: event ? toldWords(event, known) : '', detail: '', failed: false };
}

/** The lanes of what is shown, at most so many; the rules first. */
export function recordLanes(entries: readonly Recorded[], end: number, known: Known, most: number): Lane[] {
  const evaluations = entries.flatMap((one) => (one.evaluation ? [one.evaluation] : []));
  const ended = new Set(evaluations.filter((one) => one.outcome === 'ended').map((one) => one.rule));
  const rules = ruleLanes(evaluations, end, (rule) => ended.has(rule));
  const deliveries = entries.flatMap((one) => (one.delivery ? [{ at: one.time, delivery: one.delivery }] : []));
  const lane: Lane = {
    key: 'deliveries',
    label: 'Deliveries',
    kind: 'pulse',
    quiet: false,
    spans: [],
    marks: deliveries.map(({ at, delivery }) => ({
      at,
      kind: delivery.state === 'failed' ? 'failed' : 'event',
      words: deliveryWords(delivery),
    })),
  };
  const events = eventLanes(recordedMoments(entries), end, known, true);
  return [...rules, ...(deliveries.length > 0 ? [lane] : []), ...events].slice(0, most);
}
