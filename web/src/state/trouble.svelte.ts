import { ApiError } from '../api/client';
import { polled } from '../lib/poll';

const SERVER_ERROR = 500;

/** Which of the things a page asks for again and again the unit cannot tell at the moment. */
class Trouble {
  #reasons = $state.raw<ReadonlyMap<object, string>>(new Map());
  /** Why, in the words of the unit; empty while all is well. */
  readonly reason = $derived([...this.#reasons.values()][0] ?? '');

  constructor() {
    polled.failing = (task, error) => {
      // That the whole unit is away, or the login over, is told elsewhere.
      if (!(error instanceof ApiError) || error.status < SERVER_ERROR) return;
      this.#reasons = new Map(this.#reasons).set(task, error.message);
    };
    polled.settled = (task) => {
      if (!this.#reasons.has(task)) return;
      this.#reasons = new Map([...this.#reasons].filter(([other]) => other !== task));
    };
  }
}

export const trouble = new Trouble();
