// Plays what the page posts to it. It runs in the browser's audio thread, where nothing may wait.

declare const registerProcessor: (name: string, processor: new () => AudioWorkletProcessor) => void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** What must lie ready before sound starts: short enough to feel live, long enough for a network. */
const START_SAMPLES = 7200;
/** More than this is delay that has piled up: drop down to the start again. */
const MOST_SAMPLES = 24000;

class Player extends AudioWorkletProcessor {
  #blocks: Float32Array[] = [];
  #offset = 0;
  #ready = 0;
  #filling = true;

  constructor() {
    super();
    this.port.onmessage = (event: MessageEvent<Float32Array>) => {
      this.#blocks.push(event.data);
      this.#ready += event.data.length;
      if (this.#ready > MOST_SAMPLES) this.#take(new Float32Array(this.#ready - START_SAMPLES));
    };
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0]?.[0];
    if (!output) return true;
    if (this.#filling && this.#ready >= START_SAMPLES) this.#filling = false;
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

registerProcessor('speaker', Player);
