import type { Clip, Playing } from '../api/types';

/** The clip that a playback plays; undefined when it plays something else. */
export function clipOf(playback: Playing, clips: readonly Clip[]): Clip | undefined {
  return clips.find((clip) => clip.clip === playback.clip);
}
