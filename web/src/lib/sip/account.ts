/** An account of SIP as its fields have it, and what of it is sent. */

import type { Encryption, Login, SipAccount, Transport } from '../../api/sip';
import { attributeOf, differing, found, isTrue, serverProblem } from './fields';

/** The account that is there from the start. */
export const PEER_TO_PEER = 'peer-to-peer';
export const MOST_PROXIES = 8;

export const TRANSPORTS: readonly { value: Transport; text: string }[] = [
  { value: 'udp', text: 'UDP' },
  { value: 'tcp', text: 'TCP' },
  { value: 'tls', text: 'TLS' },
];
export const TLS_VERSIONS = [
  { value: '', text: 'Automatic' },
  { value: 'TLSv12', text: 'v1.2' },
  { value: 'TLSv13', text: 'v1.3' },
  { value: 'TLSv12,TLSv13', text: 'v1.2 or v1.3' },
] as const;
export const ENCRYPTIONS: readonly { value: Encryption; text: string }[] = [
  { value: 'None', text: 'None' },
  { value: 'SRTPBestEffort', text: 'SRTP, best effort' },
  { value: 'SRTPMandatory', text: 'SRTP, mandatory' },
];

export interface Proxy {
  /** Tells proxies apart while they are edited. */
  key: number;
  server: string;
  username: string;
  /** Empty: as it is. */
  password: string;
  hasPassword: boolean;
}

export interface AccountDraft {
  active: boolean;
  isDefault: boolean;
  answer: boolean;
  ipv6: boolean;
  name: string;
  userId: string;
  registered: boolean;
  domain: string;
  /** Empty: as it is. */
  password: string;
  /** The one there is goes. */
  withoutPassword: boolean;
  authenticationId: string;
  callerId: string;
  registrar: string;
  transport: Transport;
  tlsVersion: string;
  encryption: Encryption;
  certificate: string;
  verify: boolean;
  secondary: boolean;
  secondaryDomain: string;
  secondaryRegistrar: string;
  sips: boolean;
  proxies: Proxy[];
  secondaryProxies: Proxy[];
}

export type AccountProblems = Partial<Record<keyof AccountDraft, string>>;

export const registers = (account: Pick<SipAccount, 'Registrar' | 'PublicDomain'>): boolean =>
  account.Registrar !== '' || account.PublicDomain !== '';

let newest = 0;

export function newProxy(login?: Login): Proxy {
  newest += 1;
  return {
    key: newest,
    server: login?.Server ?? '',
    username: login?.Username ?? '',
    password: '',
    hasPassword: login !== undefined && login.Password !== '',
  };
}

export const NEW_ACCOUNT: AccountDraft = {
  active: true,
  isDefault: false,
  answer: true,
  ipv6: false,
  name: '',
  userId: '',
  registered: true,
  domain: '',
  password: '',
  withoutPassword: false,
  authenticationId: '',
  callerId: '',
  registrar: '',
  transport: 'udp',
  tlsVersion: '',
  encryption: 'None',
  certificate: '',
  verify: false,
  secondary: false,
  secondaryDomain: '',
  secondaryRegistrar: '',
  sips: false,
  proxies: [],
  secondaryProxies: [],
};

export function accountDraft(account: SipAccount): AccountDraft {
  return {
    active: account.Enabled,
    isDefault: account.IsDefault,
    answer: isTrue(attributeOf(account.Attribute, 'AnswerAutomatically', 'true')),
    ipv6: account.PrioritizeIPv6,
    name: account.Name,
    userId: account.UserId,
    registered: registers(account),
    domain: account.PublicDomain,
    password: '',
    withoutPassword: false,
    authenticationId: account.AuthenticationId,
    callerId: account.CallerId,
    registrar: account.Registrar,
    transport: account.Transport,
    tlsVersion: account.EncryptionProtocols,
    encryption: account.MediaEncryption,
    certificate: account.Certificate,
    verify: account.VerifyServerCertificate,
    secondary: account.SecondaryRegistrar !== '' || account.SecondaryPublicDomain !== '',
    secondaryDomain: account.SecondaryPublicDomain,
    secondaryRegistrar: account.SecondaryRegistrar,
    sips: account.SIPSEnabled,
    proxies: account.SIPProxies.map(newProxy),
    secondaryProxies: account.SecondarySIPProxies.map(newProxy),
  };
}

/** Whether the fields that only TLS has are of use. */
export const overTls = (draft: AccountDraft): boolean => draft.sips || draft.transport === 'tls';

function loginsOf(proxies: readonly Proxy[]): Login[] {
  return proxies.map((proxy) => ({
    Server: proxy.server.trim(),
    Username: proxy.username.trim(),
    Password: proxy.password,
  }));
}

/** All of an account but its id; what a peer-to-peer account has no use for is empty. */
export function accountOf(draft: AccountDraft): Omit<SipAccount, 'Id' | 'DTMFConfigurationId'> {
  const { registered } = draft;
  const second = registered && draft.secondary;
  const tls = overTls(draft);
  return {
    Enabled: draft.active,
    IsDefault: draft.isDefault,
    PrioritizeIPv6: draft.ipv6,
    Name: draft.name.trim(),
    UserId: draft.userId.trim(),
    PublicDomain: registered ? draft.domain.trim() : '',
    Password: draft.password,
    AuthenticationId: registered ? draft.authenticationId.trim() : '',
    CallerId: draft.callerId.trim(),
    Registrar: registered ? draft.registrar.trim() : '',
    Transport: draft.sips ? 'tls' : draft.transport,
    EncryptionProtocols: tls ? draft.tlsVersion : '',
    MediaEncryption: tls ? draft.encryption : 'None',
    Certificate: tls ? draft.certificate : '',
    VerifyServerCertificate: tls && draft.verify,
    SecondaryRegistrar: second ? draft.secondaryRegistrar.trim() : '',
    SecondaryPublicDomain: second ? draft.secondaryDomain.trim() : '',
    SIPSEnabled: draft.sips,
    SIPProxies: registered ? loginsOf(draft.proxies) : [],
    SecondarySIPProxies: second ? loginsOf(draft.secondaryProxies) : [],
    Attribute: [{ Name: 'AnswerAutomatically', Value: String(draft.answer) }],
  };
}

/** What is sent: all of a new account, and of one there is what has changed. */
export function accountChanges(draft: AccountDraft, before: SipAccount | null): Partial<SipAccount> {
  if (before === null) return accountOf(draft);
  const changes = differing(accountOf(draft), accountOf(accountDraft(before)));
  // An empty one that is sent takes away what there is.
  return { Id: before.Id, ...changes, ...(draft.withoutPassword ? { Password: '' } : {}) };
}

/** Which field a name of the interface is about. */
export const ACCOUNT_FIELD_OF: Readonly<Record<string, keyof AccountDraft>> = {
  Enabled: 'active',
  IsDefault: 'isDefault',
  PrioritizeIPv6: 'ipv6',
  Name: 'name',
  UserId: 'userId',
  PublicDomain: 'domain',
  Password: 'password',
  AuthenticationId: 'authenticationId',
  CallerId: 'callerId',
  Registrar: 'registrar',
  Transport: 'transport',
  EncryptionProtocols: 'tlsVersion',
  MediaEncryption: 'encryption',
  Certificate: 'certificate',
  VerifyServerCertificate: 'verify',
  SecondaryRegistrar: 'secondaryRegistrar',
  SecondaryPublicDomain: 'secondaryDomain',
  SIPSEnabled: 'sips',
  SIPProxies: 'proxies',
  'SIPProxies.Password': 'proxies',
  'SIPProxies.Server': 'proxies',
  SecondarySIPProxies: 'secondaryProxies',
  'SecondarySIPProxies.Password': 'secondaryProxies',
  'SecondarySIPProxies.Server': 'secondaryProxies',
};

function optionalServer(text: string): string | null {
  return text.trim() === '' ? null : serverProblem(text);
}

function proxiesProblem(proxies: readonly Proxy[]): string | null {
  for (const proxy of proxies) {
    const wrong = serverProblem(proxy.server);
    if (wrong) return proxy.server.trim() === '' ? 'Enter the server address of each proxy.' : wrong;
    if (proxy.password && !proxy.username.trim()) return 'A password needs a username.';
  }
  return null;
}

function serversProblems(draft: AccountDraft): AccountProblems {
  if (!draft.registered) return {};
  const nowhere = draft.domain.trim() === '' && draft.registrar.trim() === '';
  const noSecond =
    draft.secondary && draft.secondaryDomain.trim() === '' && draft.secondaryRegistrar.trim() === '';
  return found<keyof AccountDraft>({
    domain: optionalServer(draft.domain),
    registrar: nowhere ? 'Enter the registrar, or a domain.' : optionalServer(draft.registrar),
    secondaryDomain: draft.secondary ? optionalServer(draft.secondaryDomain) : null,
    secondaryRegistrar: noSecond
      ? 'Enter the registrar of the secondary server, or its domain.'
      : draft.secondary
        ? optionalServer(draft.secondaryRegistrar)
        : null,
    proxies: proxiesProblem(draft.proxies),
    secondaryProxies: draft.secondary ? proxiesProblem(draft.secondaryProxies) : null,
  });
}

export function accountProblems(draft: AccountDraft): AccountProblems {
  const quoted = /["\\<>]/.test(draft.callerId) ? 'A caller ID has none of " \\ < >.' : null;
  return {
    ...found<keyof AccountDraft>({
        userId: draft.registered && draft.userId.trim() === '' ? 'Enter the user ID.' : userProblem(draft.userId),
      callerId: quoted,
    }),
    ...serversProblems(draft),
  };
}

function userProblem(text: string): string | null {
  return /[\s@<>":]/.test(text.trim()) ? 'Enter only what stands before the @, without spaces.' : null;
}
