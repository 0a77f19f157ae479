import {
  actions as loadActions,
  actionTemplates,
  recipients as loadRecipients,
  recipientTemplates,
  rules as loadRules,
  schedules as loadSchedules,
  topics as loadTopics,
} from '../api/events';
import type { Action, ActionTemplate, ListedRule, Recipient, RecipientTemplate, Values } from '../api/event-types';
import { dtmfEvents } from '../api/sip';
import { type Known, NOTHING_KNOWN } from '../lib/events/topics';
import type { ActionKnown } from '../lib/events/words';
import { sounds } from './sounds.svelte';

/** How often a page asks what can happen, and what with: daemons and schedules come and go. */
export const KINDS_MS = 10_000;

/** Rules and what belongs to them, for the pages about events. */
class Events {
  rules = $state.raw<ListedRule[] | null>(null);
  actions = $state.raw<Action[]>([]);
  templates = $state.raw<ActionTemplate[]>([]);
  recipients = $state.raw<Recipient[]>([]);
  recipientTemplates = $state.raw<RecipientTemplate[]>([]);
  known = $state.raw<Known>(NOTHING_KNOWN);
  /** The unit has told what can happen and what with. */
  told = $state(false);

  readonly actionKnown = $derived<ActionKnown>({
    templates: this.templates,
    recipients: this.recipients,
    clips: sounds.clips ?? [],
  });

  async loadRules(): Promise<void> {
    const [rules, actions] = await Promise.all([loadRules(), loadActions()]);
    this.actions = kept(this.actions, actions);
    this.rules = kept(this.rules, rules);
  }

  /** What conditions and actions are made of. */
  async loadKinds(): Promise<void> {
    const [templates] = await Promise.all([actionTemplates(), this.loadRecipients(), this.loadKnown(), sounds.loadClips()]);
    this.templates = kept(this.templates, templates);
    this.told = true;
  }

  /** What can happen, and what is so now. */
  async loadKnown(): Promise<void> {
    const [{ topics, states }, schedules, keys] = await Promise.all([loadTopics(), loadSchedules(), keyNames()]);
    this.known = kept(this.known, { topics, states, schedules, keys });
  }

  async loadRecipients(): Promise<void> {
    const [recipients, templates] = await Promise.all([loadRecipients(), recipientTemplates()]);
    this.recipients = kept(this.recipients, recipients);
    this.recipientTemplates = kept(this.recipientTemplates, templates);
  }

  actionOf(id: number): Action | undefined {
    return this.actions.find((one) => one.id === id);
  }
}

/** Only an administrator is told; for others, and while SIP is away, the ids have to do. */
async function keyNames(): Promise<Values> {
  try {
    return Object.fromEntries((await dtmfEvents()).map((one) => [one.Id, one.Name || one.Id]));
  } catch {
    return {};
  }
}

/** The old one when nothing has changed, so that nothing is drawn anew: there may be hundreds of rules. */
function kept<T>(before: T, now: T & {}): T & {} {
  return before && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

export const events = new Events();
