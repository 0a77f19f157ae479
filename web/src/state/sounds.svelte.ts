import type { Clip, Playing } from '../api/types';
import { clips, playing } from '../api/unit';
import { capital } from '../lib/format';
import { clipOf } from '../lib/playing';

/** How often a page asks for the clips, which somebody else may add. */
export const CLIPS_MS = 5000;

/** The clips of the unit, and what plays now. */
class Sounds {
  clips = $state<Clip[] | null>(null);
  playing = $state<Playing[]>([]);
  /** The unit has told what plays now, be it nothing. */
  told = $state(false);
  #receivedAt = 0;

  async loadClips(): Promise<void> {
    this.clips = await clips();
  }

  async loadPlaying(): Promise<void> {
    try {
      this.playing = await playing();
      this.told = true;
    } catch (error) {
      this.told = false;
      throw error;
    }
    this.#receivedAt = performance.now();
  }

  isPlaying(clip: Clip): boolean {
    return this.playing.some((entry) => clipOf(entry, [clip]));
  }

  title(entry: Playing): string {
    return clipOf(entry, this.clips ?? [])?.name ?? capital(entry.what);
  }

  /** Where a playback is by now, between two answers of the unit. */
  position(entry: Playing): number {
    const since = entry.state === 'paused' ? 0 : (performance.now() - this.#receivedAt) / 1000;
    return Math.min(entry.position_s + since, entry.duration_s ?? Infinity);
  }
}

export const sounds = new Sounds();
