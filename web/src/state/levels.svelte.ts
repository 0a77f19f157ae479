import { socketUrl } from '../api/audio';
import type { LevelsMessage } from '../api/audio-types';
import { METER_FLOOR_DB, type Level, type LevelSource } from '../lib/level';

const RECONNECT_MS = 1000;
const LONGEST_RECONNECT_MS = 10_000;
/** Words and numbers change this often: as fast as people read. */
const WORDS_MS = 250;

const FLOOR = { peak_dbfs: METER_FLOOR_DB, rms_dbfs: METER_FLOOR_DB };
const SILENCE: LevelsMessage = {
  input: { ...FLOOR, on: false, level: 0, triggered: false },
  output: { ...FLOOR, limiter_db: 0, gain_db: null, avc_db: 0, ambient_dbfs: null },
};

function closeIt(this: WebSocket): void {
  this.close();
}

type Ear = (level: Level) => void;

/** The unit's levels, live; the socket is open only while a visible page shows them. */
class Levels {
  /** The last message, four times a second. */
  slow = $state.raw<LevelsMessage | null>(null);
  readonly input: LevelSource = { hear: (ear) => this.#hear(this.#inputEars, ear) };
  readonly output: LevelSource = { hear: (ear) => this.#hear(this.#outputEars, ear) };

  readonly #inputEars = new Set<Ear>();
  readonly #outputEars = new Set<Ear>();
  readonly #everything = new Set<(message: LevelsMessage) => void>();
  #socket: WebSocket | null = null;
  #timer = 0;
  #failures = 0;
  #wordsAt = 0;

  constructor() {
    document.addEventListener('visibilitychange', () => this.#follow());
  }

  /** Hear every message until the returned function is called. */
  follow(ear: (message: LevelsMessage) => void): () => void {
    return this.#hear(this.#everything, ear);
  }

  #hear<T>(ears: Set<T>, ear: T): () => void {
    ears.add(ear);
    this.#follow();
    return () => {
      ears.delete(ear);
      // Not at once: the next page may want the same levels.
      window.setTimeout(() => this.#follow(), 0);
    };
  }

  #wanted(): boolean {
    const ears = this.#inputEars.size + this.#outputEars.size + this.#everything.size;
    return ears > 0 && !document.hidden;
  }

  #follow(): void {
    if (!this.#wanted()) this.#close();
    else if (!this.#socket && !this.#timer) this.#open();
  }

  #open(): void {
    const socket = new WebSocket(socketUrl('/api/audio/levels'));
    socket.onmessage = (event: MessageEvent<string>) => this.#receive(event.data);
    socket.onclose = () => this.#lost();
    this.#socket = socket;
  }

  #close(): void {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    this.slow = null;
    if (!this.#socket) return;
    this.#socket.onclose = null;
    this.#socket.onmessage = null;
    // Browsers complain of one that is closed before it was open.
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.onopen = closeIt;
    else this.#socket.close();
    this.#socket = null;
  }

  #lost(): void {
    this.#socket = null;
    this.slow = null;
    // Nobody knows how loud it is now; a level that stays would be taken for one.
    this.#tell(SILENCE);
    const wait = Math.min(RECONNECT_MS * 2 ** this.#failures, LONGEST_RECONNECT_MS);
    this.#failures += 1;
    this.#timer = window.setTimeout(() => {
      this.#timer = 0;
      this.#follow();
    }, wait);
  }

  #receive(text: string): void {
    const message = JSON.parse(text) as LevelsMessage | { error: unknown };
    // The unit closes the socket then, and the next one may fare better.
    if ('error' in message) return;
    this.#failures = 0;
    this.#tell(message);
    const now = performance.now();
    if (now - this.#wordsAt < WORDS_MS) return;
    this.#wordsAt = now;
    this.slow = message;
  }

  #tell(message: LevelsMessage): void {
    const { input, output } = message;
    for (const ear of this.#everything) ear(message);
    for (const ear of this.#inputEars) ear({ peakDb: input.peak_dbfs, rmsDb: input.rms_dbfs });
    for (const ear of this.#outputEars) ear({ peakDb: output.peak_dbfs, rmsDb: output.rms_dbfs });
  }
}

export const levels = new Levels();
