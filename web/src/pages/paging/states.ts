import type { SourceState } from '../../api/audio-types';
import type { Playing } from '../../api/types';

interface Words {
  words: string;
  colour: 'green' | 'gray' | 'warm-gray' | 'red';
}

/** What a source does now. */
export function stateOf(source: SourceState, playback: Playing | undefined): Words {
  if (source.fault) return { words: 'Fault', colour: 'red' };
  if (!source.speaking) return { words: 'Waiting', colour: 'gray' };
  if (playback?.state === 'paused') return { words: 'Silenced', colour: 'warm-gray' };
  if (playback?.state === 'ducked') return { words: 'Ducked', colour: 'warm-gray' };
  return { words: 'Playing', colour: 'green' };
}

/** "0.4 % lost, 200 ms": how well it comes in, and how long it waits in the unit. */
export function lossWords({ played, lost, delay_ms }: SourceState['figures']): string {
  const all = played + lost;
  const percent = all > 0 ? (100 * lost) / all : 0;
  return `${percent.toFixed(percent > 0 && percent < 10 ? 1 : 0)} % lost, ${Math.round(delay_ms)} ms`;
}
