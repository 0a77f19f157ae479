import type { Buffering } from './buffering';
import workletUrl from './player.worklet.ts?worker&url';

/** The browser refuses what is needed on pages that did not come over TLS. */
export class NeedsHttps extends Error {}

/** Plays samples in the browser as they come. */
export class Player {
  private constructor(
    private readonly audio: AudioContext,
    private readonly node: AudioWorkletNode,
  ) {}

  /** Call it while a person clicks, or the browser keeps silent. */
  static async open(sampleRate: number, buffering: Buffering): Promise<Player> {
    const audio = new AudioContext({ sampleRate, latencyHint: 'interactive' });
    try {
      if (!audio.audioWorklet) throw new NeedsHttps();
      await audio.audioWorklet.addModule(workletUrl);
      const node = new AudioWorkletNode(audio, 'player', {
        numberOfInputs: 0,
        outputChannelCount: [1],
        processorOptions: buffering,
      });
      node.connect(audio.destination);
      return new Player(audio, node);
    } catch (error) {
      void audio.close();
      throw error;
    }
  }

  /** Play a block; it is the player's afterwards. */
  play(samples: Float32Array<ArrayBuffer>): void {
    this.node.port.postMessage(samples, [samples.buffer]);
  }

  resume(): Promise<void> {
    return this.audio.resume();
  }

  suspend(): Promise<void> {
    return this.audio.suspend();
  }

  close(): void {
    void this.audio.close();
  }
}
