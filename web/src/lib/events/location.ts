/** The file at a location, which devices keep percent-encoded and with its folder. */
export function fileOf(location: string): string {
  let text = location;
  try {
    text = decodeURIComponent(location);
  } catch {
    // It holds a percent sign of its own.
  }
  return text.split('/').pop() ?? text;
}
