export interface ClipLink {
  /** Scheme, host and port of the unit, as `location.origin` has it. */
  origin: string;
  /** The clip's path or file name on the unit. */
  location: string;
  volumePercent: number;
  /** How many times the clip plays; null plays it until it is stopped. */
  times: number | null;
}

export const VOLUME_MAXIMUM = 1000;
export const TIMES_MAXIMUM = 1000;

/** The URL that, when requested, plays the clip on the unit. */
export function clipLink({ origin, location, volumePercent, times }: ClipLink): string {
  const file = location.slice(location.lastIndexOf('/') + 1);
  const query = new URLSearchParams({
    location: file,
    repeat: String(times === null ? -1 : times - 1),
    volume: String(volumePercent),
  });
  return `${origin}/axis-cgi/playclip.cgi?${query}`;
}
