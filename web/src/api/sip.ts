/** Every call about SIP, by the Call service of VAPIX, and how SIP as a whole is. */

import { json } from './unit';

export type Transport = 'udp' | 'tcp' | 'tls';
export type Encryption = 'None' | 'SRTPBestEffort' | 'SRTPMandatory';

/** How SIP as a whole is. */
export interface SipState {
  enabled: boolean;
  /** Whether this installation has the SIP stack. */
  built: boolean;
  running: boolean;
  /** Why it does not run, or what it could not do. */
  reason: string;
  waits_for_calls: boolean;
  /** What became of the port mapping; empty while it is off. */
  upnp: string;
  /** By which the unit is called without a server. */
  addresses: string[];
}

/** What has no field of its own; every value is a text. */
export interface Attribute {
  Name: string;
  Value: string;
}

export interface Login {
  Server: string;
  Username: string;
  /** What is read in its place is stars; empty keeps it. */
  Password: string;
}

export interface SipConfiguration {
  SIPEnabled: boolean;
  AllowIncomingCalls: boolean;
  CallingTimeout: number;
  SIPPort: number;
  SIPTLSPort: number;
  RTPStartPort: number;
  ICEEnabled: boolean;
  STUNEnabled: boolean;
  STUNServers: { Server: string }[];
  TURNEnabled: boolean;
  TURNServers: Login[];
  ApplyAccessList: boolean;
  AccessList: string[];
  AccessListPolicy: 'Allow' | 'Block';
  Attribute: Attribute[];
}

export interface AudioCodec {
  Name: string;
  SampleRate?: number;
}

export interface SipAccount {
  Id: string;
  Enabled: boolean;
  IsDefault: boolean;
  PrioritizeIPv6: boolean;
  Name: string;
  UserId: string;
  PublicDomain: string;
  /** What is read in its place is stars; empty keeps it. */
  Password: string;
  AuthenticationId: string;
  CallerId: string;
  Registrar: string;
  Transport: Transport;
  EncryptionProtocols: string;
  MediaEncryption: Encryption;
  Certificate: string;
  VerifyServerCertificate: boolean;
  SecondaryRegistrar: string;
  SecondaryPublicDomain: string;
  SIPSEnabled: boolean;
  SIPProxies: Login[];
  SecondarySIPProxies: Login[];
  DTMFConfigurationId: string;
  Attribute: Attribute[];
}

export interface AccountStatus {
  SIPAccountId: string;
  SIPURI: string;
  IsDefault: boolean;
  /** The SIP status of the last registration; 0 for none. */
  Status: number;
  StatusText: string;
  FailedOver: boolean;
}

export interface CallStatus {
  CallId: string;
  CallState: string;
  CallStateReason: string;
  StartTime: string;
  StopTime?: string;
  Direction: 'Incoming' | 'Outgoing';
  RemoteURI: string;
  AudioCodec?: string;
  SIPAccountId?: string;
  /** How far a call has come that nobody has answered, or why it ended. */
  StatusText?: string;
  OnHold?: boolean;
}

export interface DtmfConfiguration {
  Id: string;
  Name: string;
  DTMFTriggerId: string[];
  RFC2833: boolean;
  RFC2976: boolean;
}

export interface DtmfEvent {
  Id: string;
  Name: string;
}

export interface DtmfTrigger {
  Id: string;
  DTMFSequence: string;
  DTMFEventId: string;
}

function call<T>(command: string, sent: object = {}): Promise<T> {
  return json<T>('/vapix/call', { method: 'POST', json: { [`axcall:${command}`]: sent } });
}

export const sipState = (): Promise<SipState> => json<SipState>('/api/sip');

export async function sipConfiguration(): Promise<SipConfiguration> {
  return (await call<{ SIPConfiguration: SipConfiguration }>('GetSIPConfiguration')).SIPConfiguration;
}

/** Change what is sent, and nothing else. */
export async function configureSip(changes: Partial<SipConfiguration>): Promise<void> {
  await call('SetSIPConfiguration', { SIPConfiguration: changes, KeepCurrent: true });
}

async function codecs(command: string): Promise<AudioCodec[]> {
  return (await call<{ AudioCodec: AudioCodec[] }>(command)).AudioCodec;
}

export const supportedCodecs = (): Promise<AudioCodec[]> => codecs('GetSupportedAudioCodecs');
/** Those in use, the one to prefer first. */
export const chosenCodecs = (): Promise<AudioCodec[]> => codecs('GetAudioCodecs');

export async function chooseCodecs(wanted: AudioCodec[]): Promise<void> {
  await call('SetAudioCodecs', { AudioCodec: wanted });
}

// Accounts

export async function sipAccounts(): Promise<SipAccount[]> {
  return (await call<{ SIPAccount: SipAccount[] }>('GetSIPAccounts')).SIPAccount;
}

/** Add an account, or change the one that has its id; what is left out stays as it is. */
export async function putSipAccount(account: Partial<SipAccount>): Promise<string> {
  return (await call<{ SIPAccountId: string }>('SetSIPAccount', { SIPAccount: account })).SIPAccountId;
}

export async function removeSipAccount(id: string): Promise<void> {
  await call('RemoveSIPAccount', { SIPAccountId: id });
}

export async function accountStatuses(): Promise<AccountStatus[]> {
  return (await call<{ SIPAccountStatus: AccountStatus[] }>('GetSIPAccountStatuses')).SIPAccountStatus;
}

// DTMF

/** What touch-tones do, and on which accounts. */
export interface Dtmf {
  configurations: DtmfConfiguration[];
  events: DtmfEvent[];
  triggers: DtmfTrigger[];
}

export async function dtmfEvents(): Promise<DtmfEvent[]> {
  return (await call<{ DTMFEvent: DtmfEvent[] }>('GetDTMFEvents')).DTMFEvent;
}

export async function dtmf(): Promise<Dtmf> {
  const [configurations, events, triggers] = await Promise.all([
    call<{ DTMFConfiguration: DtmfConfiguration[] }>('GetDTMFConfigurations'),
    dtmfEvents(),
    call<{ DTMFTrigger: DtmfTrigger[] }>('GetDTMFTriggers'),
  ]);
  return {
    configurations: configurations.DTMFConfiguration,
    events,
    triggers: triggers.DTMFTrigger,
  };
}

export async function putDtmfConfiguration(wanted: Partial<DtmfConfiguration>): Promise<string> {
  const sent = { DTMFConfiguration: wanted };
  return (await call<{ DTMFConfigurationId: string }>('SetDTMFConfiguration', sent)).DTMFConfigurationId;
}

export async function putDtmfEvent(wanted: Partial<DtmfEvent>): Promise<string> {
  return (await call<{ DTMFEventId: string }>('SetDTMFEvent', { DTMFEvent: wanted })).DTMFEventId;
}

export async function putDtmfTrigger(wanted: Partial<DtmfTrigger>): Promise<string> {
  return (await call<{ DTMFTriggerId: string }>('SetDTMFTrigger', { DTMFTrigger: wanted })).DTMFTriggerId;
}

export async function removeDtmfEvent(id: string): Promise<void> {
  await call('RemoveDTMFEvent', { DTMFEventId: id });
}

export async function removeDtmfTrigger(id: string): Promise<void> {
  await call('RemoveDTMFTrigger', { DTMFTriggerId: id });
}

// Calls

/** Place a call; answers its id at once. */
export async function placeCall(to: string, account: string): Promise<string> {
  return (await call<{ CallId: string }>('Call', { To: to, SIPAccountId: account })).CallId;
}

export async function endCall(id: string): Promise<void> {
  await call('TerminateCall', { CallId: id });
}

/** The newest first: those under way, and some that ended within the last hour. */
export async function calls(): Promise<CallStatus[]> {
  return (await call<{ CallStatus: CallStatus[] }>('GetCallStatuses')).CallStatus;
}
