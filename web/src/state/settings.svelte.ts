import { ApiError, messageOf } from '../api/client';
import { parametersOf } from '../api/audio';
import type { Parameter } from '../api/types';
import { saveParameters } from '../api/unit';
import { shortName } from '../lib/parameters';
import { notices } from './notices.svelte';

const GROUPS = ['Audio', 'AudioSource', 'IOPort'];

/** The settings of sound and of the I/O ports; what a person changes is saved at once. */
class Settings {
  #stored = $state.raw<Record<string, Parameter>>({});
  /** What was chosen and is not saved yet: shown as if it were. */
  #chosen = $state<Record<string, string>>({});
  #saving: Promise<void> = Promise.resolve();
  #writes = 0;
  loaded = $state(false);

  async load(): Promise<void> {
    const before = this.#writes;
    const all = await parametersOf(GROUPS);
    // What was read while something was written may be older than that.
    if (this.loaded && before !== this.#writes) return;
    this.#stored = Object.fromEntries(all.map((one) => [shortName(one.name), one]));
    this.loaded = true;
  }

  /** The declaration of a setting; undefined for what this person may not see. */
  get(name: string): Parameter | undefined {
    return this.#stored[name];
  }

  /** The value of a setting; undefined for what this person may not see. */
  value(name: string): string | undefined {
    return this.#chosen[name] ?? this.#stored[name]?.value;
  }

  /** Whether a switch is on; undefined for what this person may not see. */
  on(name: string): boolean | undefined {
    const kind = this.#stored[name]?.kind;
    return kind?.type === 'bool' ? this.value(name) === kind.true : undefined;
  }

  writable(name: string): boolean {
    return this.#stored[name]?.writable ?? false;
  }

  /** Save all of these or none, after what was asked before; tells whether it is saved. */
  async save(changes: Record<string, string>): Promise<boolean> {
    Object.assign(this.#chosen, changes);
    const saved = this.#saving.then(() => this.#write(changes));
    this.#saving = saved.then(() => undefined);
    return saved;
  }

  async switch(name: string, on: boolean): Promise<boolean> {
    const kind = this.#stored[name]?.kind;
    if (kind?.type !== 'bool') return false;
    return this.save({ [name]: on ? kind.true : kind.false });
  }

  async #write(changes: Record<string, string>): Promise<boolean> {
    this.#writes += 1;
    try {
      await saveParameters(changes);
      this.#keep(changes);
      return true;
    } catch (error) {
      notices.failed(reasonOf(error));
      return false;
    } finally {
      this.#writes += 1;
      for (const [name, value] of Object.entries(changes)) {
        if (this.#chosen[name] === value) delete this.#chosen[name];
      }
    }
  }

  #keep(changes: Record<string, string>): void {
    const stored = { ...this.#stored };
    for (const [name, value] of Object.entries(changes)) {
      const before = stored[name];
      if (before) stored[name] = { ...before, value };
    }
    this.#stored = stored;
  }
}

/** The unit tells for each setting why it was refused: the words for people, without its name. */
function reasonOf(error: unknown): string {
  const reasons = error instanceof ApiError ? Object.values(error.details) : [];
  return reasons.length > 0 ? `This was not saved: ${reasons.join('; ')}.` : messageOf(error);
}

export const settings = new Settings();
