import { ApiError, messageOf } from '../api/client';
import { ports as loadPorts, setPort } from '../api/ports';
import type { Port, PortChange } from '../api/port-types';
import { refusalWords } from '../lib/ports';
import { notices } from './notices.svelte';

/** The I/O ports and virtual inputs as they are now; what a person changes is saved at once. */
class PortsState {
  #stored = $state.raw<Port[] | null>(null);
  /** What was chosen and is not saved yet: shown as if it were. */
  #chosen = $state<Record<number, PortChange>>({});
  #writes = 0;
  virtualInputs = $state.raw<boolean[]>([]);

  /** Null until the unit has told. */
  readonly list = $derived(this.#stored?.map((port) => ({ ...port, ...this.#chosen[port.port] })) ?? null);

  async load(): Promise<void> {
    const before = this.#writes;
    const answer = await loadPorts();
    // What was read while something was written may be older than that.
    if (before !== this.#writes) return;
    this.#stored = answer.ports;
    this.virtualInputs = answer.virtual_inputs;
  }

  /** Save a setting of a port; tells whether it is in force. */
  async save(port: number, change: PortChange): Promise<boolean> {
    this.#chosen[port] = { ...this.#chosen[port], ...change };
    const saved = await this.do(() => setPort(port, change));
    delete this.#chosen[port];
    return saved;
  }

  /** Do something to the ports and read them anew; tells whether it was done, a failure shows as a notice. */
  async do(act: () => Promise<void>): Promise<boolean> {
    this.#writes += 1;
    try {
      await act();
      return true;
    } catch (error) {
      notices.failed(wordsOf(error));
      return false;
    } finally {
      this.#writes += 1;
      await this.load().catch(() => undefined);
    }
  }
}

/** The unit names the property that it refused. */
function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return messageOf(error);
  const property = error.details['propertyName'];
  return property === undefined ? messageOf(error) : refusalWords(property, error.message);
}

export const ports = new PortsState();
