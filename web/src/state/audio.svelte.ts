import { audioInput, audioOutput } from '../api/audio';
import type { AudioInput, AudioOutput } from '../api/audio-types';
import { settings } from './settings.svelte';

const SUPPORT = 'AudioSource.A0.AudioSupport';

/** How the audio input and the output are. */
class AudioState {
  input = $state.raw<AudioInput | null>(null);
  output = $state.raw<AudioOutput | null>(null);
  /** Whether the input is on; null until the unit has said it. */
  readonly on = $derived(settings.on(SUPPORT) ?? this.input?.on ?? null);

  async loadInput(): Promise<void> {
    this.input = await audioInput();
  }

  async loadOutput(): Promise<void> {
    this.output = await audioOutput();
  }
}

export const audio = new AudioState();
