// Plays what the page posts to it. It runs in the browser's audio thread, where nothing may wait.

import type { Buffering } from './buffering';

declare const registerProcessor: (
  name: string,
  processor: new (options: { processorOptions: Buffering }) => AudioWorkletProcessor,
) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

class Player extends AudioWorkletProcessor {
  readonly #start: number;
  readonly #most: number;
  #blocks: Float32Array[] = [];
  #offset = 0;
  #ready = 0;
  #filling = true;

  constructor({ processorOptions }: { processorOptions: Buffering }) {
    super();
    this.#start = processorOptions.startSamples;
    this.#most = processorOptions.mostSamples;
    this.port.onmessage = (event: MessageEvent<Float32Array>) => {
      this.#blocks.push(event.data);
      this.#ready += event.data.length;
      if (this.#ready > this.#most) this.#take(new Float32Array(this.#ready - this.#start));
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (!output) return true;
    if (this.#filling && this.#ready >= this.#start) this.#filling = false;
    if (this.#ready < output.length) this.#filling = true;
    if (!this.#filling) this.#take(output);
    return true;
  }

  /** Fill `target` from the queue, which must hold enough. */
  #take(target: Float32Array): void {
    let filled = 0;
    while (filled < target.length) {
      const block = this.#blocks[0];
      if (!block) break;
      const part = block.subarray(this.#offset, this.#offset + target.length - filled);
      target.set(part, filled);
      filled += part.length;
      this.#offset += part.length;
      if (this.#offset >= block.length) {
        this.#blocks.shift();
        this.#offset = 0;
      }
    }
    this.#ready -= filled;
  }
}

registerProcessor('player', Player);
