/** Every call about MQTT: the client and the bridge by their VAPIX interfaces, and why there is no connection. */

import { json, vapix } from './unit';

export type Protocol = 'tcp' | 'ssl' | 'ws' | 'wss';
export type Qos = 0 | 1 | 2;
export type Retain = 'none' | 'property' | 'all';

/** A message about the connection itself. */
export interface Announcement {
  useDefault: boolean;
  topic?: string;
  message?: string;
  retain?: boolean;
  qos?: Qos;
}

export interface ClientConfig {
  server: { protocol: Protocol; host: string; port: number; basepath: string; alpnProtocol: string };
  httpProxy: string;
  httpsProxy: string;
  username: string;
  /** What is read in its place is stars. */
  password: string;
  keepExistingPassword?: boolean;
  clientId: string;
  keepAliveInterval: number;
  connectTimeout: number;
  cleanSession: boolean;
  autoReconnect: boolean;
  deviceTopicPrefix: string;
  /** Left out: not sent. */
  lastWillTestament?: Announcement;
  connectMessage?: Announcement;
  disconnectMessage?: Announcement;
  ssl?: { validateServerCert: boolean; clientCertID: string; CACertID: string };
}

export interface ClientState {
  active: boolean;
  connected: boolean;
  /** Why it is not connected, as far as that is known. */
  reason: string;
  counts: {
    published: number;
    waiting: number;
    dropped: number;
    received: number;
    ignored: number;
    overrun: number;
  };
}

export interface EventFilter {
  topicFilter: string;
  qos: Qos;
  retain: Retain;
}

export interface Publication {
  topicPrefix: 'default' | 'custom';
  customTopicPrefix: string;
  appendEventTopic: boolean;
  includeTopicNamespaces: boolean;
  includeSerialNumberInPayload: boolean;
  eventFilterList: EventFilter[];
}

export interface MqttFilter {
  topicFilter: string;
  useDeviceTopicPrefix: boolean;
  qos: Qos;
  isStateData: boolean;
}

const CLIENT = '/axis-cgi/mqtt/client.cgi';
const EVENT = '/axis-cgi/mqtt/event.cgi';

export const clientState = (): Promise<ClientState> => json<ClientState>('/api/mqtt');

export async function clientConfig(): Promise<ClientConfig> {
  return (await vapix<{ config: ClientConfig }>(CLIENT, 'getClientStatus')).config;
}

export async function configureClient(config: ClientConfig): Promise<void> {
  await vapix(CLIENT, 'configureClient', config);
}

export async function activate(active: boolean): Promise<void> {
  await vapix(CLIENT, active ? 'activateClient' : 'deactivateClient');
}

export async function publication(): Promise<Publication> {
  const data = await vapix<{ eventPublicationConfig: Publication }>(EVENT, 'getEventPublicationConfig');
  return data.eventPublicationConfig;
}

export async function configurePublication(wanted: Publication): Promise<void> {
  await vapix(EVENT, 'configureEventPublication', wanted);
}

export async function subscriptions(): Promise<MqttFilter[]> {
  const data = await vapix<{ mqttSubscriptionConfig: { mqttFilterList: MqttFilter[] } }>(
    EVENT,
    'getMqttSubscriptionConfig',
  );
  return data.mqttSubscriptionConfig.mqttFilterList;
}

export async function configureSubscriptions(wanted: MqttFilter[]): Promise<void> {
  await vapix(EVENT, 'configureMqttSubscription', { mqttFilterList: wanted });
}
