/** What the unit says from the start, for tests. */

import type { SipAccount, SipConfiguration } from '../../api/sip';

export const CONFIGURATION: SipConfiguration = {
  SIPEnabled: false,
  AllowIncomingCalls: false,
  CallingTimeout: 60,
  SIPPort: 5060,
  SIPTLSPort: 5061,
  RTPStartPort: 4000,
  ICEEnabled: false,
  STUNEnabled: false,
  STUNServers: [],
  TURNEnabled: true,
  TURNServers: [{ Server: 'relay', Username: 'u', Password: '*****' }],
  ApplyAccessList: false,
  AccessList: [],
  AccessListPolicy: 'Allow',
  Attribute: [
    { Name: 'DisableTCPSwitch', Value: 'true' },
    { Name: 'MaxCallDuration', Value: '0' },
    { Name: 'MaxIncomingCallDuration', Value: '300' },
    { Name: 'Another', Value: 'x' },
  ],
};

export const PEER: SipAccount = {
  Id: 'peer-to-peer',
  Enabled: true,
  IsDefault: true,
  PrioritizeIPv6: false,
  Name: 'peer to peer',
  UserId: 'peer-to-peer',
  PublicDomain: '',
  Password: '',
  AuthenticationId: '',
  CallerId: '',
  Registrar: '',
  Transport: 'udp',
  EncryptionProtocols: '',
  MediaEncryption: 'None',
  Certificate: '',
  VerifyServerCertificate: false,
  SecondaryRegistrar: '',
  SecondaryPublicDomain: '',
  SIPSEnabled: false,
  SIPProxies: [],
  SecondarySIPProxies: [],
  DTMFConfigurationId: '',
  Attribute: [{ Name: 'AnswerAutomatically', Value: 'true' }],
};

export const DESK: SipAccount = {
  ...PEER,
  Id: 'sip_account_0',
  IsDefault: false,
  Name: 'Desk',
  UserId: '110',
  Password: '*****',
  Registrar: 'pbx:5070',
  SIPProxies: [{ Server: 'edge', Username: 'e', Password: '*****' }],
};
