import { readiness } from '../api/unit';
import { session } from './session.svelte';

export type AbsenceReason = 'restart' | 'restore' | 'factory-default' | 'power-cut' | 'upgrade' | 'rollback';
export type AbsenceStep = 'leaving' | 'away' | 'starting';

const ASK_MS = 500;
const LONG_MS = 30_000;

/** The time a unit is away because somebody told it to restart, and the wait until it is back. */
class Absence {
  reason = $state<AbsenceReason | null>(null);
  step = $state<AbsenceStep>('leaving');
  /** It takes longer than it should. */
  long = $state(false);

  /** Do what makes the unit go away, then wait for its next start. */
  async begin(reason: AbsenceReason, act: () => Promise<void>): Promise<void> {
    const before = (await readiness()).bootId;
    await act();
    this.reason = reason;
    this.step = 'leaving';
    this.long = false;
    const since = performance.now();
    while (!(await this.#isBack(before))) {
      this.long = performance.now() - since > LONG_MS;
      await new Promise((resolve) => window.setTimeout(resolve, ASK_MS));
    }
    this.reason = null;
  }

  /** Whether the unit is ready again and has said where to go on. */
  async #isBack(before: string): Promise<boolean> {
    try {
      const now = await readiness();
      if (now.bootId === before) return false;
      this.step = 'starting';
      if (!now.ready) return false;
      await session.startAgain();
      return true;
    } catch {
      if (this.step === 'leaving') this.step = 'away';
      return false;
    }
  }
}

export const absence = new Absence();
