import type { Parameter } from '../api/types';

/** Where the same page is over HTTPS, by the unit's parameters; null while HTTPS is turned off. */
export function httpsAddress(
  page: { hostname: string; hash: string },
  parameters: readonly Pick<Parameter, 'name' | 'value'>[],
): string | null {
  const value = (name: string): string | undefined => parameters.find((one) => one.name.endsWith(name))?.value;
  if (value('HTTPS.Enabled') === 'no') return null;
  const port = value('HTTPS.Port') ?? '443';
  return `https://${page.hostname}${port === '443' ? '' : `:${port}`}/${page.hash}`;
}
