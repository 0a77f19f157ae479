/** What a clip is called where only its name is shown. */

interface Named {
  name: string;
  format: string;
  clip: number;
}

/** Its name; with its format, or else its number, beside others of the same name. */
export function nameAmong(clip: Named, clips: readonly Named[]): string {
  const namesakes = clips.filter((one) => one.name === clip.name && one.clip !== clip.clip);
  if (namesakes.length === 0) return clip.name;
  const told = namesakes.every((one) => one.format !== clip.format);
  return `${clip.name} (${told ? clip.format.toUpperCase() : clip.clip})`;
}
