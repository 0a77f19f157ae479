/** The words and choices of an upgrade. */

import type { Firmware, Outcome, UpgradeOptions } from '../api/maintenance';
import { clock } from './format';

export type Kind = 'standard' | 'factory' | 'autorollback';

export const SHORTEST_MIN = 1;
export const LONGEST_MIN = 1440;
export const USUAL_MIN = 10;

/** The names and words of the manual. */
export const KINDS: { kind: Kind; label: string; detail: string }[] = [
  {
    kind: 'standard',
    label: 'Standard',
    detail: 'Upgrade to the new AXIS OS version. Settings are kept.',
  },
  {
    kind: 'factory',
    label: 'Factory default',
    detail:
      'Upgrade and return all settings to the factory default values. After the upgrade you cannot revert to the AXIS OS version before.',
  },
  {
    kind: 'autorollback',
    label: 'Autorollback',
    detail:
      'Upgrade and confirm the upgrade within the set time. If you do not confirm, the unit reverts to the AXIS OS version before.',
  },
];

/** What the unit is told for a choice. */
export function optionsOf(kind: Kind, minutes: number): UpgradeOptions {
  if (kind === 'factory') return { factoryDefaultMode: 'hard' };
  if (kind === 'autorollback') return { autoCommit: 'never', autoRollback: String(minutes) };
  return {};
}

/** What is wrong with a time; null when nothing is. */
export function minutesProblem(minutes: number | null): string | null {
  const fits = minutes !== null && Number.isInteger(minutes) && minutes >= SHORTEST_MIN && minutes <= LONGEST_MIN;
  return fits ? null : `Enter a whole number from ${SHORTEST_MIN} to ${LONGEST_MIN}.`;
}

/** What a version that is not confirmed waits for. */
export function waitsFor(firmware: Firmware): string {
  const left = firmware.time_to_rollback_s;
  const ill = firmware.checks.filter((check) => !check.well).map((check) => `${check.name}: ${check.message}`);
  const self =
    firmware.pending_commit === 'never'
      ? 'Confirm it to keep it.'
      : `It confirms itself as soon as all is well${ill.length ? ` (${ill.join('; ')})` : ''}.`;
  return left === null ? self : `${self} Otherwise the unit goes back to the version before in ${clock(left)}.`;
}

/** How the last upgrade or rollback ended, in a sentence. */
export function ending(outcome: Outcome): string {
  const version = outcome.version ? ` to ${outcome.version}` : '';
  const why = outcome.message ? ` ${outcome.message}` : '';
  if (outcome.result === 'failed') return `The last ${outcome.what}${version} failed.${why}`;
  if (outcome.result === 'rolled_back') return `Version ${outcome.version} was taken back.${why}`;
  return outcome.what === 'upgrade' ? `Upgraded to ${outcome.version}.` : `Went back to ${outcome.version}.`;
}
