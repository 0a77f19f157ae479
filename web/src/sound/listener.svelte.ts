import { ApiError, messageOf, settle, Unreachable, urlOf } from '../api/client';
import { L24Reader } from '../lib/samples';
import { Ears } from './ears';
import { NeedsHttps, Player } from './player';

const SAMPLE_RATE_HZ = 48_000;
/** 80 ms to begin with; what piles up beyond 240 ms is skipped. */
const BUFFERING = { startSamples: 3840, mostSamples: 11_520 };

/** After an interruption it is tried again this often, as long as a unit needs to come back. */
const RETRY_MS = 1000;
const PATIENCE_MS = 60_000;

export type Listening = 'idle' | 'starting' | 'listening' | 'interrupted';

/** Listens to the unit's audio input in this browser. */
export class Listener {
  state = $state<Listening>('idle');
  problem = $state('');
  /** The page would have to come over TLS. */
  needsHttps = $state(false);
  readonly ears = new Ears();
  #stop: AbortController | null = null;

  /** Listen until somebody stops it, or the unit has ended it for good. */
  async listen(): Promise<void> {
    this.problem = '';
    this.needsHttps = false;
    this.state = 'starting';
    const stop = new AbortController();
    this.#stop = stop;
    let player: Player | null = null;
    try {
      player = await this.#player();
      if (!player || stop.signal.aborted) return;
      await player.resume();
      await this.#keepReceiving(player, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) this.problem = messageOf(error);
    } finally {
      player?.close();
      if (this.#stop === stop) {
        this.#stop = null;
        this.state = 'idle';
      }
    }
  }

  stop(): void {
    this.#stop?.abort();
  }

  async #player(): Promise<Player | null> {
    try {
      return await Player.open(SAMPLE_RATE_HZ, BUFFERING);
    } catch (error) {
      this.needsHttps = error instanceof NeedsHttps;
      if (!this.needsHttps) {
        this.problem = 'The browser has no sound to offer. Check that this computer has a sound output.';
      }
      return null;
    }
  }

  /** Begin anew whenever the sound ends after it was heard: a part of the unit may have been restarted. */
  async #keepReceiving(player: Player, signal: AbortSignal): Promise<void> {
    let until = 0;
    for (;;) {
      let failure: unknown = new Unreachable();
      try {
        await this.#receive(player, signal);
      } catch (error) {
        // A connection that breaks while it is read is no error of the page.
        if (error instanceof ApiError) failure = error;
      }
      if (signal.aborted) return;
      if (this.state === 'listening') until = performance.now() + PATIENCE_MS;
      if (performance.now() > until) throw failure;
      this.state = 'interrupted';
      await new Promise((resolve) => window.setTimeout(resolve, RETRY_MS));
      if (signal.aborted) return;
    }
  }

  async #receive(player: Player, signal: AbortSignal): Promise<void> {
    const body = await this.#open(signal);
    const reader = body.getReader();
    const samples = new L24Reader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const block = samples.read(value);
      if (block.length === 0) continue;
      this.state = 'listening';
      this.ears.tell(block);
      player.play(block);
    }
  }

  async #open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
    const query = { audiocodec: 'lpcm', audiosamplerate: String(SAMPLE_RATE_HZ), httptype: 'singlepart' };
    let response: Response;
    try {
      response = await fetch(urlOf('/axis-cgi/audio/receive.cgi', query), { cache: 'no-store', signal });
    } catch {
      throw new Unreachable();
    }
    if (!response.ok || !response.body) {
      settle(response.status, response.headers.get('Content-Type') ?? '', await response.text());
      throw new Unreachable();
    }
    return response.body;
  }
}
