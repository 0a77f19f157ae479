/** What a person fills in and sends: tried, under way, refused. */
import { messageOf } from '../api/client';

export class Form {
  /** What is wrong with it is shown from the first try on. */
  tried = $state(false);
  busy = $state(false);
  /** Why it was refused, for the person. */
  problem = $state('');

  /** Do it, if what was filled in is right. `explains` shows a refusal in its own place, and returns whether it did. */
  async send(right: boolean, act: () => Promise<void>, explains?: (error: unknown) => boolean): Promise<void> {
    this.tried = true;
    this.problem = '';
    if (!right || this.busy) return;
    this.busy = true;
    try {
      await act();
    } catch (error) {
      if (!explains?.(error)) this.problem = messageOf(error);
    } finally {
      this.busy = false;
    }
  }
}
