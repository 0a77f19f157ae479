import type { Playing } from '../api/types';
import { playing } from '../api/unit';

/** What the unit plays now. */
class PlayingState {
  list = $state<Playing[]>([]);
  #receivedAt = 0;

  async load(): Promise<void> {
    this.list = await playing();
    this.#receivedAt = performance.now();
  }

  isPlaying(clip: number): boolean {
    return this.list.some((entry) => entry.clip === clip);
  }

  /** Where a playback is by now, between two answers of the unit. */
  position(entry: Playing): number {
    const since = entry.state === 'paused' ? 0 : (performance.now() - this.#receivedAt) / 1000;
    return Math.min(entry.position_s + since, entry.duration_s ?? Infinity);
  }
}

export const nowPlaying = new PlayingState();
