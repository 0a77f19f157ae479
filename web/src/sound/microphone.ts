import { Resampler } from '../lib/samples';
import { Ears } from './ears';
import workletUrl from './microphone.worklet.ts?worker&url';

/** What is sent to the unit. */
export const SENT_RATE_HZ = 48_000;

/** The microphone of this browser. */
export class Microphone {
  readonly ears = new Ears();
  /** Gets every block of samples as long as it is set. */
  heard: ((samples: Float32Array) => void) | null = null;

  private constructor(
    private readonly stream: MediaStream,
    private readonly audio: AudioContext,
  ) {}

  /** Ask the person for the microphone and open it; rejects as getUserMedia does. */
  static async open(): Promise<Microphone> {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
    // Not every browser connects a microphone to a context of another rate than its own.
    const audio = new AudioContext({ latencyHint: 'interactive' });
    try {
      await audio.audioWorklet.addModule(workletUrl);
      const microphone = new Microphone(stream, audio);
      microphone.#connect();
      await audio.resume();
      return microphone;
    } catch (error) {
      for (const track of stream.getTracks()) track.stop();
      void audio.close();
      throw error;
    }
  }

  close(): void {
    this.heard = null;
    for (const track of this.stream.getTracks()) track.stop();
    void this.audio.close();
  }

  #connect(): void {
    const node = new AudioWorkletNode(this.audio, 'microphone', { numberOfOutputs: 0 });
    const resampler = new Resampler(this.audio.sampleRate, SENT_RATE_HZ);
    node.port.onmessage = (event: MessageEvent<Float32Array<ArrayBuffer>>) => {
      const same = this.audio.sampleRate === SENT_RATE_HZ;
      const samples = same ? event.data : resampler.take(event.data);
      this.ears.tell(samples);
      this.heard?.(samples);
    };
    this.audio.createMediaStreamSource(this.stream).connect(node);
  }
}
