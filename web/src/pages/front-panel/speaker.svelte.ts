import { levelOf, METER_FLOOR_DB, type Level } from '../../lib/level';
import { Player } from '../../sound/player';

const RECONNECT_MS = 1000;
const BUFFERING = { startSamples: 7200, mostSamples: 24_000 };
const SILENT: Level = { peakDb: METER_FLOOR_DB, rmsDb: METER_FLOOR_DB };

/** What the simulated speaker plays, live: its level, and its sound when somebody listens. */
export class Speaker {
  connected = $state(false);
  listening = $state(false);
  /** The browser has its sound off or none at all. */
  problem = $state('');

  /** The level since it was last read; a plain field, because it changes a hundred times a second. */
  #level: Level = SILENT;
  #socket: WebSocket | null = null;
  #timer = 0;
  #closed = false;
  #sampleRateHz = 48000;
  #player: Player | null = null;

  constructor() {
    this.#connect();
  }

  /** The highest level since the last call. */
  takeLevel(): Level {
    const level = this.#level;
    this.#level = SILENT;
    return level;
  }

  close(): void {
    this.#closed = true;
    window.clearTimeout(this.#timer);
    this.#socket?.close();
    this.#player?.close();
  }

  async listen(): Promise<void> {
    this.problem = '';
    try {
      this.#player ??= await Player.open(this.#sampleRateHz, BUFFERING);
      await this.#player.resume();
      this.listening = true;
    } catch {
      this.problem = 'The browser has no sound to offer. Check that this computer has a sound output.';
    }
  }

  async mute(): Promise<void> {
    this.listening = false;
    await this.#player?.suspend();
  }

  #connect(): void {
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${window.location.host}/sim/speaker`);
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => (this.connected = true);
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.#receive(event.data);
    socket.onclose = () => {
      this.connected = false;
      if (!this.#closed) this.#timer = window.setTimeout(() => this.#connect(), RECONNECT_MS);
    };
    this.#socket = socket;
  }

  #receive(data: string | ArrayBuffer): void {
    if (typeof data === 'string') {
      const header = JSON.parse(data) as { sample_rate_hz: number };
      this.#sampleRateHz = header.sample_rate_hz;
      return;
    }
    const samples = new Float32Array(data);
    const level = levelOf(samples);
    this.#level = {
      peakDb: Math.max(this.#level.peakDb, level.peakDb),
      rmsDb: Math.max(this.#level.rmsDb, level.rmsDb),
    };
    if (this.listening) this.#player?.play(samples);
  }
}
