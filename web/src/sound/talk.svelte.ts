import { socketUrl } from '../api/audio';
import type { Level } from '../lib/level';
import { asS16 } from '../lib/samples';
import { Microphone, SENT_RATE_HZ } from './microphone';

export type Talking = 'idle' | 'asking' | 'connecting' | 'talking';

const REFUSED: Record<string, string> = {
  NotAllowedError:
    'The browser may not use the microphone. Allow it beside the address of this page, and press again.',
  NotFoundError: 'This computer has no microphone. Connect one, and press again.',
  NotReadableError: 'Another program holds the microphone. Close it, and press again.',
};

interface Answer {
  state?: string;
  error?: { code: string; message: string };
}

/** Push-to-talk: from this browser's microphone to the unit's speaker, as long as something is held. */
export class Talk {
  state = $state<Talking>('idle');
  problem = $state('');
  /** The microphone is open; the browser says so too. */
  open = $state(false);
  #microphone: Microphone | null = null;
  #socket: WebSocket | null = null;
  #held = false;

  readonly source = {
    hear: (ear: (level: Level) => void) => this.#microphone?.ears.hear(ear) ?? (() => undefined),
  };

  /** Browsers give the microphone to pages that came over TLS only. */
  static get possible(): boolean {
    return window.isSecureContext && 'mediaDevices' in navigator;
  }

  async press(): Promise<void> {
    if (this.#held) return;
    this.#held = true;
    this.problem = '';
    if (!this.#microphone && !(await this.#openMicrophone())) return;
    // Who had to answer the browser first has let go meanwhile.
    if (this.#held) this.#connect();
  }

  release(): void {
    this.#held = false;
    if (this.#microphone) this.#microphone.heard = null;
    if (this.#socket) {
      this.#socket.close(1000);
      this.#socket = null;
    }
    if (this.state !== 'asking') this.state = 'idle';
  }

  close(): void {
    this.release();
    this.#microphone?.close();
    this.#microphone = null;
    this.open = false;
  }

  async #openMicrophone(): Promise<boolean> {
    this.state = 'asking';
    try {
      this.#microphone = await Microphone.open();
      this.open = true;
      return true;
    } catch (error) {
      const name = error instanceof DOMException ? error.name : '';
      this.problem = REFUSED[name] ?? 'The microphone cannot be opened. Check it, and press again.';
      this.#held = false;
      return false;
    } finally {
      this.state = 'idle';
    }
  }

  #connect(): void {
    this.state = 'connecting';
    const socket = new WebSocket(socketUrl('/api/talk'));
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      socket.send(JSON.stringify({ sample_rate: SENT_RATE_HZ, to: 'speaker' }));
      if (this.#microphone) this.#microphone.heard = (samples) => socket.send(asS16(samples));
    };
    socket.onmessage = (event: MessageEvent<string>) => this.#answered(JSON.parse(event.data) as Answer);
    socket.onclose = () => this.#ended(socket);
    this.#socket = socket;
  }

  #answered(answer: Answer): void {
    if (answer.error) this.problem = answer.error.message;
    else if (answer.state === 'talking' && this.#held) this.state = 'talking';
  }

  #ended(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.problem ||= 'The unit ended the talk. Let go, and press again.';
    this.#socket = null;
    this.release();
  }
}
