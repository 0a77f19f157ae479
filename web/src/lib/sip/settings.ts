/** The SIP settings as their fields have them, and what changes of them is sent. */

import type { SipConfiguration } from '../../api/sip';
import { attributeOf, differing, found, isTrue, listed, numberProblem, serverProblem } from './fields';

export interface Draft {
  enabled: boolean;
  incoming: boolean;
  callingTimeout: string;
  incomingDuration: string;
  maxDuration: string;
  /** Calls end only when somebody ends them. */
  infinite: boolean;
  sipPort: string;
  tlsPort: string;
  rtpPort: string;
  ice: boolean;
  stun: boolean;
  stunServers: string;
  turn: boolean;
  turnServer: string;
  turnUser: string;
  /** Empty: as it is. */
  turnPassword: string;
  upnp: boolean;
  direction: string;
  tcpSwitch: boolean;
  viaRewrite: boolean;
  contactRewrite: boolean;
  registerEvery: string;
  payloadType: string;
  retransmissions: string;
  failback: string;
  maxCalls: string;
  followTransfers: boolean;
  peerTransfers: boolean;
  followRedirects: boolean;
  accessList: boolean;
  policy: 'Allow' | 'Block';
  callers: string;
}

export type Problems = Partial<Record<keyof Draft, string>>;

export const DIRECTIONS = [
  { value: 'SendReceive', text: 'Send and receive' },
  { value: 'Send', text: 'Send only: the microphone' },
  { value: 'Receive', text: 'Receive only: the speaker' },
] as const;

const LONGEST_CALL_S = 3600;

export function draftOf(stored: SipConfiguration): Draft {
  const attribute = (name: string, without: string): string => attributeOf(stored.Attribute, name, without);
  const longest = attribute('MaxCallDuration', String(LONGEST_CALL_S));
  const relay = stored.TURNServers[0];
  return {
    enabled: stored.SIPEnabled,
    incoming: stored.AllowIncomingCalls,
    callingTimeout: String(stored.CallingTimeout),
    incomingDuration: attribute('MaxIncomingCallDuration', '600'),
    maxDuration: longest === '0' ? String(LONGEST_CALL_S) : longest,
    infinite: longest === '0',
    sipPort: String(stored.SIPPort),
    tlsPort: String(stored.SIPTLSPort),
    rtpPort: String(stored.RTPStartPort),
    ice: stored.ICEEnabled,
    stun: stored.STUNEnabled,
    stunServers: stored.STUNServers.map((one) => one.Server).join(', '),
    turn: stored.TURNEnabled,
    turnServer: relay?.Server ?? '',
    turnUser: relay?.Username ?? '',
    turnPassword: '',
    upnp: isTrue(attribute('UPnPEnabled', 'false')),
    direction: attribute('AudioDirection', 'SendReceive'),
    tcpSwitch: !isTrue(attribute('DisableTCPSwitch', 'false')),
    viaRewrite: isTrue(attribute('AllowViaRewrite', 'false')),
    contactRewrite: isTrue(attribute('AllowContactRewrite', 'false')),
    registerEvery: attribute('RegistrationInterval', '300'),
    payloadType: attribute('DTMFPayloadType', '101'),
    retransmissions: attribute('MaxRetransmissions', '5'),
    failback: attribute('FailbackTime', '600'),
    maxCalls: attribute('MaxCalls', '4'),
    followTransfers: isTrue(attribute('FollowTransfers', 'true')),
    peerTransfers: isTrue(attribute('FollowPeerTransfers', 'false')),
    followRedirects: isTrue(attribute('FollowRedirects', 'true')),
    accessList: stored.ApplyAccessList,
    policy: stored.AccessListPolicy,
    callers: stored.AccessList.join('\n'),
  };
}

/** Which field a name of the interface is about. */
export const FIELD_OF: Readonly<Record<string, keyof Draft>> = {
  SIPEnabled: 'enabled',
  AllowIncomingCalls: 'incoming',
  CallingTimeout: 'callingTimeout',
  MaxIncomingCallDuration: 'incomingDuration',
  MaxCallDuration: 'maxDuration',
  SIPPort: 'sipPort',
  SIPTLSPort: 'tlsPort',
  RTPStartPort: 'rtpPort',
  ICEEnabled: 'ice',
  STUNEnabled: 'stun',
  STUNServers: 'stunServers',
  TURNEnabled: 'turn',
  'TURNServers.Password': 'turnPassword',
  'TURNServers.Username': 'turnUser',
  TURNServers: 'turnServer',
  UPnPEnabled: 'upnp',
  AudioDirection: 'direction',
  DisableTCPSwitch: 'tcpSwitch',
  AllowViaRewrite: 'viaRewrite',
  AllowContactRewrite: 'contactRewrite',
  RegistrationInterval: 'registerEvery',
  DTMFPayloadType: 'payloadType',
  MaxRetransmissions: 'retransmissions',
  FailbackTime: 'failback',
  MaxCalls: 'maxCalls',
  FollowTransfers: 'followTransfers',
  FollowPeerTransfers: 'peerTransfers',
  FollowRedirects: 'followRedirects',
  ApplyAccessList: 'accessList',
  AccessListPolicy: 'policy',
  AccessList: 'callers',
};

type Plain = Omit<SipConfiguration, 'Attribute'>;

function plainOf(draft: Draft): Plain {
  const relay = { Server: draft.turnServer.trim(), Username: draft.turnUser.trim(), Password: draft.turnPassword };
  return {
    SIPEnabled: draft.enabled,
    AllowIncomingCalls: draft.incoming,
    CallingTimeout: Number(draft.callingTimeout),
    SIPPort: Number(draft.sipPort),
    SIPTLSPort: Number(draft.tlsPort),
    RTPStartPort: Number(draft.rtpPort),
    ICEEnabled: draft.ice,
    STUNEnabled: draft.stun,
    STUNServers: listed(draft.stunServers).map((Server) => ({ Server })),
    TURNEnabled: draft.turn,
    TURNServers: relay.Server ? [relay] : [],
    ApplyAccessList: draft.accessList,
    AccessList: listed(draft.callers),
    AccessListPolicy: draft.policy,
  };
}

function attributesOf(draft: Draft): Record<string, string> {
  return {
    MaxIncomingCallDuration: draft.incomingDuration.trim(),
    MaxCallDuration: draft.infinite ? '0' : draft.maxDuration.trim(),
    UPnPEnabled: String(draft.upnp),
    AudioDirection: draft.direction,
    DisableTCPSwitch: String(!draft.tcpSwitch),
    AllowViaRewrite: String(draft.viaRewrite),
    AllowContactRewrite: String(draft.contactRewrite),
    RegistrationInterval: draft.registerEvery.trim(),
    DTMFPayloadType: draft.payloadType.trim(),
    MaxRetransmissions: draft.retransmissions.trim(),
    FailbackTime: draft.failback.trim(),
    MaxCalls: draft.maxCalls.trim(),
    FollowTransfers: String(draft.followTransfers),
    FollowPeerTransfers: String(draft.peerTransfers),
    FollowRedirects: String(draft.followRedirects),
  };
}

/** Only what differs from before: what somebody else has changed meanwhile stays. */
export function changesOf(draft: Draft, before: Draft): Partial<SipConfiguration> {
  const attributes = differing(attributesOf(draft), attributesOf(before));
  const changes: Partial<SipConfiguration> = differing(plainOf(draft), plainOf(before));
  if (Object.keys(attributes).length > 0) {
    changes.Attribute = Object.entries(attributes).map(([Name, Value]) => ({ Name, Value: Value ?? '' }));
  }
  return changes;
}

export const portProblem = (text: string): string | null => numberProblem(text, 1024, 65535);

function serversProblem(text: string): string | null {
  const servers = listed(text);
  if (servers.length === 0) return 'Enter a host name or an IP address.';
  if (servers.length > 8) return 'Enter at most 8 servers.';
  return servers.map(serverProblem).find((problem) => problem !== null) ?? null;
}

export function draftProblems(draft: Draft): Problems {
  const ports = draft.sipPort.trim() === draft.tlsPort.trim() ? 'Choose another port than the SIP port.' : null;
  const relay = draft.turn || draft.turnServer.trim() !== '';
  const stun = draft.stun || draft.stunServers.trim() !== '';
  return found<keyof Draft>({
    callingTimeout: numberProblem(draft.callingTimeout, 1, 600),
    incomingDuration: numberProblem(draft.incomingDuration, 1, 600),
    maxDuration: draft.infinite ? null : numberProblem(draft.maxDuration, 1, LONGEST_CALL_S),
    sipPort: portProblem(draft.sipPort),
    tlsPort: portProblem(draft.tlsPort) ?? ports,
    rtpPort: portProblem(draft.rtpPort),
    stunServers: stun ? serversProblem(draft.stunServers) : null,
    turnServer: relay ? serverProblem(draft.turnServer) : null,
    turnPassword: draft.turnPassword && !draft.turnUser.trim() ? 'A password needs a username.' : null,
    registerEvery: numberProblem(draft.registerEvery, 10, 86400),
    payloadType: numberProblem(draft.payloadType, 96, 127),
    retransmissions: numberProblem(draft.retransmissions, 1, 100),
    failback: numberProblem(draft.failback, 10, 86400),
    maxCalls: numberProblem(draft.maxCalls, 1, 16),
    callers: listed(draft.callers).length > 100 ? 'Enter at most 100 addresses.' : null,
  });
}
