import type { Draft, Problems } from '../../lib/sip/settings';

/** What each card of the settings needs. */
export interface Form {
  draft: Draft;
  problems: Problems;
  set: (change: Partial<Draft>) => void;
}
