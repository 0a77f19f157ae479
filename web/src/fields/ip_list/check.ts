import { isIp } from '../ip/check';

function isInterface(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  if (rest.length > 0 || !isIp(address)) return false;
  const longest = address.includes(':') ? 128 : 32;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest);
}

export function check(value: string): string | null {
  if (value === '') return null;
  const wrong = value.split(',').find((part) => !isInterface(part.trim()));
  return wrong === undefined
    ? null
    : `“${wrong.trim()}” is no IP address. Separate addresses with commas, such as 10.0.0.2, 10.0.0.3.`;
}
