import { heard, Unreachable } from '../api/client';
import { readiness } from '../api/unit';

const RETRY_MS = 2000;

/** Whether the unit answers; while it does not, this asks again until it does. */
class Connection {
  lost = $state(false);
  /** Grows whenever the unit is back: what pages showed before may be stale. */
  returns = $state(0);
  #timer = 0;

  constructor() {
    heard.reached = () => this.#reached();
    heard.unreachable = () => this.#unreachable();
  }

  #reached(): void {
    if (!this.lost) return;
    this.lost = false;
    this.returns += 1;
    window.clearTimeout(this.#timer);
  }

  #unreachable(): void {
    if (this.lost) return;
    this.lost = true;
    this.#retryLater();
  }

  #retryLater(): void {
    this.#timer = window.setTimeout(() => void this.retry(), RETRY_MS);
  }

  /** Ask now whether the unit is back. */
  async retry(): Promise<void> {
    window.clearTimeout(this.#timer);
    try {
      await readiness();
    } catch (error) {
      if (error instanceof Unreachable) this.#retryLater();
    }
  }
}

export const connection = new Connection();
