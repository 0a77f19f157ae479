import { levelOf, type Level, type LevelSource } from '../lib/level';

/** Those who follow the level of something that the browser itself hears. */
export class Ears implements LevelSource {
  readonly #ears = new Set<(level: Level) => void>();

  hear(ear: (level: Level) => void): () => void {
    this.#ears.add(ear);
    return () => this.#ears.delete(ear);
  }

  tell(samples: Float32Array): void {
    if (this.#ears.size === 0) return;
    const level = levelOf(samples);
    for (const ear of this.#ears) ear(level);
  }
}
