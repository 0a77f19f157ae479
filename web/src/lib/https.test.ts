import { describe, expect, it } from 'vitest';

import { httpsAddress } from './https';

const PAGE = { hostname: 'unit.local', hash: '#/audio/listen' };

describe('the address of a page over HTTPS', () => {
  it('has the port of the unit unless it is the usual one', () => {
    const parameters = [
      { name: 'HTTPS.Enabled', value: 'yes' },
      { name: 'HTTPS.Port', value: '8443' },
    ];
    expect(httpsAddress(PAGE, parameters)).toBe('https://unit.local:8443/#/audio/listen');
    expect(httpsAddress(PAGE, [{ name: 'root.HTTPS.Port', value: '443' }])).toBe('https://unit.local/#/audio/listen');
    expect(httpsAddress(PAGE, [])).toBe('https://unit.local/#/audio/listen');
  });

  it('is none while HTTPS is turned off', () => {
    expect(httpsAddress(PAGE, [{ name: 'HTTPS.Enabled', value: 'no' }])).toBeNull();
  });
});
