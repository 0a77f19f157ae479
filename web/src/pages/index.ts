/** Every page there is, in the manual's menu order. A new page is one folder and one line here. */

import type { Component } from 'svelte';

import type { Device, Role } from '../api/types';

export interface Page {
  path: string;
  title: string;
  /** The menu the page is in; without one it stands at the top level. */
  menu?: string;
  /** What the page is part of within its menu. */
  section?: string;
  /** The lowest role the page is of use to. */
  role: Role;
  /** Whether this unit has what the page shows. */
  present?: (device: Device) => boolean;
  load: () => Promise<{ default: Component }>;
}

export const pages: readonly Page[] = [
  {
    path: '/status',
    title: 'Status',
    role: 'viewer',
    load: () => import('./status/Status.svelte'),
  },
  {
    path: '/audio/device-settings',
    title: 'Device settings',
    menu: 'Audio',
    role: 'viewer',
    load: () => import('./device-settings/DeviceSettings.svelte'),
  },
  {
    path: '/audio/stream',
    title: 'Stream',
    menu: 'Audio',
    role: 'viewer',
    load: () => import('./stream/Stream.svelte'),
  },
  {
    path: '/audio/clips',
    title: 'Audio clips',
    menu: 'Audio',
    role: 'viewer',
    load: () => import('./clips/AudioClips.svelte'),
  },
  {
    path: '/audio/listen',
    title: 'Listen and record',
    menu: 'Audio',
    role: 'viewer',
    load: () => import('./listen/Listen.svelte'),
  },
  {
    path: '/audio/now',
    title: 'Audio now',
    menu: 'Audio',
    role: 'viewer',
    load: () => import('./audio-now/AudioNow.svelte'),
  },
  {
    path: '/audio/paging',
    title: 'Multicast paging',
    menu: 'Audio',
    role: 'operator',
    load: () => import('./paging/Paging.svelte'),
  },
  {
    path: '/audio/self-test',
    title: 'Self test',
    menu: 'Audio',
    role: 'viewer',
    load: () => import('./self-test/SelfTest.svelte'),
  },
  {
    path: '/system/security',
    title: 'Security',
    menu: 'System',
    role: 'admin',
    load: () => import('./security/Security.svelte'),
  },
  {
    path: '/system/accounts',
    title: 'Accounts',
    menu: 'System',
    role: 'admin',
    load: () => import('./accounts/Accounts.svelte'),
  },
  {
    path: '/system/events/rules',
    title: 'Rules',
    menu: 'System',
    section: 'Events',
    role: 'operator',
    load: () => import('./rules/Rules.svelte'),
  },
  {
    path: '/system/events/recipients',
    title: 'Recipients',
    menu: 'System',
    section: 'Events',
    role: 'operator',
    load: () => import('./recipients/Recipients.svelte'),
  },
  {
    path: '/system/events/schedules',
    title: 'Schedules',
    menu: 'System',
    section: 'Events',
    role: 'operator',
    load: () => import('./schedules/Schedules.svelte'),
  },
  {
    path: '/system/events/manual-triggers',
    title: 'Manual triggers',
    menu: 'System',
    section: 'Events',
    role: 'viewer',
    load: () => import('./manual-triggers/ManualTriggers.svelte'),
  },
  {
    path: '/system/events/mqtt',
    title: 'MQTT events',
    menu: 'System',
    section: 'Events',
    role: 'admin',
    load: () => import('./mqtt/Events.svelte'),
  },
  {
    path: '/system/events/record',
    title: 'Record',
    menu: 'System',
    section: 'Events',
    role: 'operator',
    load: () => import('./events-log/EventsLog.svelte'),
  },
  {
    path: '/system/mqtt',
    title: 'MQTT',
    menu: 'System',
    role: 'admin',
    load: () => import('./mqtt/Client.svelte'),
  },
  {
    path: '/system/sip/settings',
    title: 'SIP settings',
    menu: 'System',
    section: 'SIP',
    role: 'admin',
    load: () => import('./sip-settings/SipSettings.svelte'),
  },
  {
    path: '/system/sip/accounts',
    title: 'SIP accounts',
    menu: 'System',
    section: 'SIP',
    role: 'admin',
    load: () => import('./sip-accounts/SipAccounts.svelte'),
  },
  {
    path: '/system/sip/dtmf',
    title: 'DTMF',
    menu: 'System',
    section: 'SIP',
    role: 'admin',
    load: () => import('./sip-dtmf/Dtmf.svelte'),
  },
  {
    path: '/system/sip/test-call',
    title: 'Test call',
    menu: 'System',
    section: 'SIP',
    role: 'operator',
    load: () => import('./sip-call/TestCall.svelte'),
  },
  {
    path: '/system/detectors',
    title: 'Detectors',
    menu: 'System',
    role: 'viewer',
    load: () => import('./detectors/Detectors.svelte'),
  },
  {
    path: '/accessories/io-ports',
    title: 'I/O ports',
    menu: 'Accessories',
    role: 'viewer',
    load: () => import('./io-ports/IoPorts.svelte'),
  },
  {
    path: '/system/plain-config',
    title: 'Plain config',
    menu: 'System',
    role: 'admin',
    load: () => import('./plain-config/PlainConfig.svelte'),
  },
  {
    path: '/maintenance',
    title: 'Maintenance',
    role: 'admin',
    load: () => import('./maintenance/Maintenance.svelte'),
  },
  {
    path: '/front-panel',
    title: 'Front panel',
    role: 'viewer',
    present: (device) => device.board === 'simulated',
    load: () => import('./front-panel/FrontPanel.svelte'),
  },
];

const RANK: Record<Role, number> = { viewer: 0, operator: 1, admin: 2 };

/** The pages for a role on a unit; pages that depend on the unit wait until it is known. */
export function pagesFor(role: Role, device: Device | null): Page[] {
  return pages.filter(
    (page) =>
      RANK[role] >= RANK[page.role] && (!page.present || (device !== null && page.present(device))),
  );
}
