/** Every call about rules, recipients, schedules and what they did; the same public HTTP interface others use. */

import { request } from './client';
import type {
  Action,
  ActionTemplate,
  Delivery,
  DryRun,
  Evaluation,
  ListedRule,
  ListedSchedule,
  Recipient,
  RecipientTemplate,
  Recorded,
  Replayed,
  Rule,
  Schedule,
  Search,
  Simulated,
  TestOutcome,
  Topics,
} from './event-types';
import { json } from './unit';

const post = <T>(path: string, content: unknown): Promise<T> => json<T>(path, { method: 'POST', json: content });

// Rules

export const rules = (): Promise<ListedRule[]> => json<ListedRule[]>('/api/rules');

export const actions = (): Promise<Action[]> => json<Action[]>('/api/actions');

export const actionTemplates = (): Promise<ActionTemplate[]> => json<ActionTemplate[]>('/api/actions/templates');

/** Store a rule and its action in one go; answers the id of the rule. */
export async function putRule(rule: Rule, action: Action): Promise<number> {
  return (await post<{ id: number }>('/api/rules', { rule, action })).id;
}

export async function enableRule(rule: number, enabled: boolean): Promise<void> {
  await request(`/api/rules/${rule}`, { method: 'PATCH', json: { enabled } });
}

/** Remove a rule, and its action when nothing else uses that. */
export async function removeRule(rule: number): Promise<void> {
  await request(`/api/rules/${rule}`, { method: 'DELETE' });
}

export const explain = (rule: number): Promise<Evaluation> => json<Evaluation>(`/api/rules/${rule}/explain`);

export const dryRun = (question: DryRun): Promise<Simulated> => post<Simulated>('/api/rules/dry-run', question);

export const replay = (start: number, end: number, rules: Rule[]): Promise<Replayed> =>
  post<Replayed>('/api/rules/replay', { start, end, rules });

// Recipients

export const recipients = (): Promise<Recipient[]> => json<Recipient[]>('/api/recipients');

export const recipientTemplates = (): Promise<RecipientTemplate[]> =>
  json<RecipientTemplate[]>('/api/recipients/templates');

export async function putRecipient(recipient: Recipient): Promise<number> {
  return (await post<{ id: number }>('/api/recipients', recipient)).id;
}

export async function copyRecipient(id: number, name: string): Promise<number> {
  return (await post<{ id: number }>(`/api/recipients/${id}/copy`, { name })).id;
}

export async function removeRecipient(id: number): Promise<void> {
  await request(`/api/recipients/${id}`, { method: 'DELETE' });
}

export const testRecipient = (recipient: Recipient): Promise<TestOutcome> =>
  post<TestOutcome>('/api/recipients/test', recipient);

// Schedules

export const schedules = (): Promise<ListedSchedule[]> => json<ListedSchedule[]>('/api/schedules');

export async function putSchedule(schedule: Schedule): Promise<void> {
  await post('/api/schedules', schedule);
}

export async function removeSchedule(id: string): Promise<void> {
  await request('/api/schedules', { method: 'DELETE', query: { id } });
}

// What can happen, and what has happened

export const topics = (): Promise<Topics> => json<Topics>('/api/events/topics');

export function record(search: Search): Promise<Recorded[]> {
  const query = Object.entries(search)
    .filter(([, value]) => value !== undefined && String(value) !== '')
    .map(([name, value]): [string, string] => [name, String(value)]);
  return json<Recorded[]>('/api/events/record', { query: Object.fromEntries(query) });
}

export const deliveries = (): Promise<Delivery[]> => json<Delivery[]>('/api/events/deliveries');
