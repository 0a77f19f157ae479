const OCTET = /^(25[0-5]|2[0-4]\d|1?\d?\d)$/;

function isIpv4(text: string): boolean {
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => OCTET.test(part) && String(Number(part)) === part);
}

function isIpv6(text: string): boolean {
  // The URL parser knows every form of an IPv6 address there is.
  if (!/^[0-9a-fA-F:.]+$/.test(text) || !text.includes(':')) return false;
  return URL.canParse(`http://[${text}]/`);
}

export function isIp(text: string): boolean {
  return isIpv4(text) || isIpv6(text);
}

export function check(value: string): string | null {
  return value === '' || isIp(value) ? null : 'Enter an IP address, such as 192.168.0.90.';
}
