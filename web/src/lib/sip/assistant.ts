/** The SIP setup assistant: its steps, what is wrong in each, and what it does in the end. */

import type { SipAccount, SipConfiguration } from '../../api/sip';
import {
  accountChanges,
  accountDraft,
  accountProblems,
  NEW_ACCOUNT,
  PEER_TO_PEER,
  registers,
  type AccountDraft,
} from './account';
import { codecName, codecsOf, codecsProblem, type CodecChoice } from './codecs';
import { changesOf, draftOf, draftProblems, type Draft } from './settings';

export type Step = 'calls' | 'account' | 'ports' | 'codecs' | 'summary' | 'outcome';

export interface Wizard {
  settings: Draft;
  /** Through a server (PBX), and not peer-to-peer. */
  server: boolean;
  account: AccountDraft;
  codecs: CodecChoice[];
}

export const TITLES: Record<Step, string> = {
  calls: 'Calls',
  account: 'SIP account',
  ports: 'Ports',
  codecs: 'Audio codecs',
  summary: 'Summary',
  outcome: 'Outcome',
};

export function begun(stored: SipConfiguration, codecs: CodecChoice[]): Wizard {
  const settings = { ...draftOf(stored), enabled: true, incoming: true };
  return { settings, server: false, account: { ...NEW_ACCOUNT, isDefault: true }, codecs };
}

export function stepsOf(wizard: Wizard): Step[] {
  return ['calls', ...(wizard.server ? (['account'] as const) : []), 'ports', 'codecs', 'summary', 'outcome'];
}

/** What is wrong in a step; the names are those of its fields. */
export function stepProblems(step: Step, wizard: Wizard): Record<string, string> {
  if (step === 'account') return { ...accountProblems(wizard.account) };
  if (step === 'ports') {
    const { sipPort, tlsPort, rtpPort } = draftProblems(wizard.settings);
    return Object.fromEntries(Object.entries({ sipPort, tlsPort, rtpPort }).filter(([, wrong]) => wrong)) as Record<
      string,
      string
    >;
  }
  const codecs = step === 'codecs' ? codecsProblem(wizard.codecs) : null;
  return codecs ? { codecs } : {};
}

/** The account that is there already for the same user at the same server: it is changed, and none is added. */
export function sameAccount(account: AccountDraft, accounts: readonly SipAccount[]): SipAccount | null {
  const addressOf = (draft: AccountDraft): string =>
    `${draft.userId.trim()}@${(draft.domain.trim() || draft.registrar.trim()).toLowerCase()}`;
  return accounts.find((one) => addressOf(accountDraft(one)) === addressOf(account)) ?? null;
}

/** Only what the assistant asks for: what else an account has stays. Null when there is nothing to put. */
export function accountToPut(wizard: Wizard, accounts: readonly SipAccount[]): Partial<SipAccount> | null {
  if (!wizard.server) return peerToPeer(accounts);
  const { account } = wizard;
  const before = sameAccount(account, accounts);
  if (before === null) return accountChanges(account, null);
  const { userId, domain, password, authenticationId, callerId, registrar, transport } = account;
  const asked = { userId, domain, password, authenticationId, callerId, registrar, transport };
  return accountChanges({ ...accountDraft(before), active: true, isDefault: true, sips: false, ...asked }, before);
}

/** Some account calls without a server: one that is there, made active, or a new one. */
function peerToPeer(accounts: readonly SipAccount[]): Partial<SipAccount> | null {
  const there = accounts.filter((account) => !registers(account));
  if (there.some((account) => account.Enabled)) return null;
  const first = there[0];
  if (first) return { Id: first.Id, Enabled: true };
  return accountChanges({ ...NEW_ACCOUNT, registered: false, name: 'peer to peer', userId: PEER_TO_PEER }, null);
}

export const configurationToPut = (wizard: Wizard, stored: SipConfiguration): Partial<SipConfiguration> =>
  changesOf(wizard.settings, draftOf(stored));

export function summaryOf(wizard: Wizard): [string, string][] {
  const { settings, account } = wizard;
  const rows: [string, string][] = [
    ['Incoming calls', settings.incoming ? 'Allowed' : 'Not allowed'],
    ['Calls go', wizard.server ? 'Through a server (PBX)' : 'Peer-to-peer'],
  ];
  if (wizard.server) {
    rows.push(
      ['User ID', account.userId],
      ['Domain', account.domain],
      ['Password', account.password ? 'As entered' : 'None, or as it is'],
      ['Authentication ID', account.authenticationId || account.userId],
      ['Caller ID', account.callerId],
      ['Registrar', account.registrar || account.domain],
      ['Transport mode', account.transport.toUpperCase()],
    );
  }
  rows.push(
    ['SIP port', settings.sipPort],
    ['TLS port', settings.tlsPort],
    ['RTP start port', settings.rtpPort],
    ['Audio codecs', codecsOf(wizard.codecs).map(codecName).join(', ')],
  );
  return rows.filter(([, value]) => value !== '');
}
