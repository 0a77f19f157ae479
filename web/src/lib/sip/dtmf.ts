/** Sequences and protocols as people see them: by account, with all peer-to-peer accounts as one. */

import type { Dtmf, DtmfConfiguration, DtmfTrigger, SipAccount } from '../../api/sip';
import { registers } from './account';
import { accountTitle } from './status';

/** The configuration that all peer-to-peer accounts share, and every account without one of its own. */
export const SHARED = 'dtmf_config_default';
export const LONGEST_SEQUENCE = 64;

export interface Target {
  /** `SHARED`, or the id of an account. */
  key: string;
  title: string;
  triggers: readonly string[];
  rfc2833: boolean;
  rfc2976: boolean;
}

export interface Sequence {
  trigger: DtmfTrigger;
  description: string;
  /** The keys of its targets. */
  targets: string[];
}

const NONE: DtmfConfiguration = { Id: SHARED, Name: '', DTMFTriggerId: [], RFC2833: true, RFC2976: true };

function sharedOf(dtmf: Dtmf): DtmfConfiguration {
  return dtmf.configurations.find((one) => one.Id === SHARED) ?? NONE;
}

function configurationOf(dtmf: Dtmf, account: SipAccount): DtmfConfiguration {
  return dtmf.configurations.find((one) => one.Id === account.DTMFConfigurationId) ?? sharedOf(dtmf);
}

function target(key: string, title: string, configuration: DtmfConfiguration): Target {
  const { DTMFTriggerId: triggers, RFC2833: rfc2833, RFC2976: rfc2976 } = configuration;
  return { key, title, triggers, rfc2833, rfc2976 };
}

/** For whom sequences and protocols can be chosen. */
export function targetsOf(dtmf: Dtmf, accounts: readonly SipAccount[]): Target[] {
  return [
    target(SHARED, 'Peer-to-peer accounts', sharedOf(dtmf)),
    ...accounts
      .filter(registers)
      .map((account) => target(account.Id, accountTitle(account), configurationOf(dtmf, account))),
  ];
}

export function sequencesOf(dtmf: Dtmf, targets: readonly Target[]): Sequence[] {
  return dtmf.triggers.map((trigger) => ({
    trigger,
    description: dtmf.events.find((event) => event.Id === trigger.DTMFEventId)?.Name ?? '',
    targets: targets.filter((one) => one.triggers.includes(trigger.Id)).map((one) => one.key),
  }));
}

export interface Step {
  /** A configuration to be put; without an id it is a new one. */
  configuration: Partial<DtmfConfiguration>;
  /** The account that gets the new one. */
  account?: string;
}

/**
 * What is to be put so that each target is as wanted. An account that shares a configuration with others gets one of its
 * own as soon as it differs from them.
 */
export function stepsTo(wanted: readonly Target[], dtmf: Dtmf, accounts: readonly SipAccount[]): Step[] {
  const shared = sharedOf(dtmf);
  const first = wanted.find((one) => one.key === SHARED);
  const steps: Step[] = [];
  for (const one of wanted) {
    if (one.key === SHARED) continue;
    const account = accounts.find((each) => each.Id === one.key);
    if (!account) continue;
    const now = configurationOf(dtmf, account);
    const users = accounts.filter((each) => registers(each) && configurationOf(dtmf, each).Id === now.Id);
    const asShared = now.Id === SHARED && first !== undefined && fits(one, first);
    const alone = now.Id !== SHARED && users.length === 1;
    if (asShared || (now.Id !== SHARED && fits(one, target('', '', now)))) continue;
    const configuration = put(one, one.title);
    steps.push(alone ? { configuration: { Id: now.Id, ...put(one, now.Name) } } : { configuration, account: one.key });
  }
  // Last, so that an account that is to stay as it was has its own before the shared one changes.
  if (first && !fits(first, target('', '', shared))) {
    steps.push({ configuration: { Id: SHARED, ...put(first, shared.Name || 'Peer-to-peer accounts') } });
  }
  return steps;
}

function put(one: Target, name: string): Omit<DtmfConfiguration, 'Id'> {
  return { Name: name, DTMFTriggerId: [...one.triggers], RFC2833: one.rfc2833, RFC2976: one.rfc2976 };
}

function fits(one: Target, other: Target): boolean {
  const same = one.triggers.length === other.triggers.length && one.triggers.every((id) => other.triggers.includes(id));
  return same && one.rfc2833 === other.rfc2833 && one.rfc2976 === other.rfc2976;
}

/** The targets with a sequence on those that are named, and on no other. */
export function withSequence(targets: readonly Target[], trigger: string, keys: readonly string[]): Target[] {
  return targets.map((one) => {
    const others = one.triggers.filter((id) => id !== trigger);
    return { ...one, triggers: keys.includes(one.key) ? [...others, trigger] : others };
  });
}

export const cleaned = (sequence: string): string => sequence.replace(/\s/g, '').toUpperCase();

export function sequenceProblem(sequence: string, taken: readonly string[]): string | null {
  const keys = cleaned(sequence);
  if (keys === '') return 'Enter the characters of the sequence.';
  if (!/^[0-9A-D*#]+$/.test(keys)) return 'Allowed characters: 0-9, A-D, # and *.';
  if (keys.length > LONGEST_SEQUENCE) return `Use at most ${LONGEST_SEQUENCE} characters.`;
  return taken.includes(keys) ? 'There is such a sequence already.' : null;
}
