/** Rules and what belongs to them, as the unit's API has them. */

export interface Condition {
  topic: string;
  /** Empty for any message of the topic. */
  content: string;
  invert: boolean;
}

export interface Rule {
  /** 0 for one that is not stored yet. */
  id: number;
  name: string;
  enabled: boolean;
  action: number;
  trigger: Condition | null;
  conditions: Condition[];
  wait_s: number;
}

export interface ListedRule {
  rule: Rule;
  active: boolean;
  since: number | null;
  /** Why it cannot do what it is for; empty when it can. */
  available: string;
}

export type Values = Record<string, string>;

export interface Action {
  id: number;
  name: string;
  template: string;
  parameters: Values;
  recipient: number;
}

export type ParameterKind =
  | 'text'
  | 'multiline'
  | 'integer'
  | 'choice'
  | 'flag'
  | 'secret'
  | 'clip'
  | 'port'
  | 'sip_account';

export interface TemplateParameter {
  name: string;
  label: string;
  help: string;
  kind: ParameterKind;
  /** Null when it must be given. */
  default: string | null;
  values: Values | null;
  low: number | null;
  high: number | null;
  longest: number;
  deprecated: boolean;
}

export interface ActionTemplate {
  token: string;
  label: string;
  group: string;
  parameters: TemplateParameter[];
  /** The kind of recipient it needs. */
  recipient: string | null;
  /** Lasts while the rule is active. */
  unlimited: boolean;
  unavailable: string;
}

export interface Recipient {
  id: number;
  name: string;
  template: string;
  parameters: Values;
}

export interface RecipientTemplate {
  token: string;
  label: string;
  parameters: TemplateParameter[];
  takes_files: boolean;
  notes: string[];
  unavailable: string;
}

export interface TestOutcome {
  ok: boolean;
  message: string;
}

export interface Schedule {
  id: string;
  name: string;
  icalendar: string;
}

export interface ListedSchedule {
  schedule: Schedule;
  pulse: boolean;
  factory: boolean;
  active: boolean;
  next: number | null;
}

export interface Item {
  name: string;
  type: string;
  nice_name: string;
  /** Null when any value may come. */
  values: Values | null;
}

export interface Topic {
  topic: string;
  nice_name: string;
  source: Item[];
  data: Item[];
  /** The data item that holds the state; null for what only happens. */
  state: string | null;
  application_data: boolean;
  deprecated: boolean;
  client_event: boolean;
}

export interface Told {
  topic: string;
  source: Values;
  data: Values;
}

export interface State extends Told {
  since: number;
}

export interface Topics {
  topics: Topic[];
  states: State[];
}

export interface Reason {
  condition: Condition;
  met: boolean;
  is_trigger: boolean;
  since: number | null;
  states: Told[];
}

export type Outcome = 'activated' | 'ended' | 'waiting' | 'not met' | 'disabled';

export interface Evaluation {
  time: number;
  rule: number;
  name: string;
  outcome: Outcome;
  event: Told | null;
  reasons: Reason[];
  until: number | null;
}

export interface DryRun {
  start: number;
  end: number;
  states: Told[];
  events: [number, Told][];
  rules: Rule[] | null;
}

export interface Simulated {
  evaluations: Evaluation[];
  /** Up to when everything is told: the end, unless there was too much on the way. */
  until: number;
}

export interface Replayed {
  events: number;
  stored: Evaluation[];
  changed: Evaluation[];
  /** Whether the record reaches back to the start. */
  complete: boolean;
}

export type RecordKind = 'event' | 'evaluation' | 'delivery';

export interface Delivery {
  number: number;
  time: number;
  recipient: string;
  what: string;
  state: 'queued' | 'sending' | 'delivered' | 'failed';
  attempts: number;
  reason: string;
  next_attempt: number | null;
}

export interface Recorded {
  number: number;
  time: number;
  kind: RecordKind;
  event: Told | null;
  evaluation: Evaluation | null;
  delivery: Delivery | null;
  /** How many entries just before it are missing. */
  left_out: number;
}

export interface Search {
  text?: string;
  rule?: number;
  kinds?: RecordKind[];
  before?: number;
  after?: number;
  limit?: number;
}
