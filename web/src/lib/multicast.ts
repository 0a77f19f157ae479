/** What a multicast source may look like, told before the unit is asked. */

export const LABEL_MAXIMUM = 31;
/** How many there can be beside those in the unit. */
export const SOURCES = 10;
export const PROFILES = ['Normal', 'Low', 'UltraLow'] as const;

const PROFILE_WORDS: Record<string, string> = {
  Normal: 'Normal: smooth on any network',
  Low: 'Low: for a good network',
  UltraLow: 'Ultra low: for a very good network',
};

export function profileWords(profile: string): string {
  return PROFILE_WORDS[profile] ?? profile;
}

const INTERNAL: Record<string, string> = {
  SIP: 'SIP calls',
  VAPIXAudio: 'Live audio',
  VAPIXMediaClip: 'Audio clips',
};

/** What people call a source; those in the unit have only the names of an interface. */
export function sourceTitle({ id, label, type }: { id: string; label: string; type: string }): string {
  return type === 'Internal' ? (INTERNAL[id] ?? label) : label;
}

export function labelProblem(label: string): string | null {
  if (!label.trim()) return 'Enter a name.';
  return label.length > LABEL_MAXIMUM ? `Use at most ${LABEL_MAXIMUM} characters.` : null;
}

export function groupProblem(address: string): string | null {
  const parts = address.split('.');
  const right =
    parts.length === 4 &&
    parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255) &&
    Number(parts[0]) >= 224 &&
    Number(parts[0]) <= 239;
  return right ? null : 'Enter a multicast address from 224.0.0.0 to 239.255.255.255.';
}

export function portProblem(port: string): string | null {
  const right = /^\d{4,5}$/.test(port) && Number(port) >= 1024 && Number(port) <= 65534;
  return right ? null : 'Enter a port from 1024 to 65534.';
}

/** An SRTP master key with its salt: AES-128 has 60 hexadecimal digits, AES-256 has 92. */
export function keyProblem(key: string): string | null {
  if (key === '' || (/^[0-9a-fA-F]+$/.test(key) && [60, 92].includes(key.length))) return null;
  return 'Enter 60 or 92 hexadecimal digits, or nothing.';
}
