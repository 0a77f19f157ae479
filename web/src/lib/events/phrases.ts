/** How people say what topics tell. */

/** What people say of a state: when it is so, and when it is not; `{item}` stands for a value. */
const PHRASES: Readonly<Record<string, readonly [string, string]>> = {
  'tns1:Device/tnsaxis:IO/Port': ['input {port} is active', 'input {port} is not active'],
  'tns1:Device/tnsaxis:IO/OutputPort': ['output {port} is active', 'output {port} is not active'],
  'tns1:Device/tnsaxis:IO/VirtualInput': ['virtual input {port} is active', 'virtual input {port} is not active'],
  'tns1:Device/tnsaxis:IO/VirtualPort': ['the manual trigger is active', 'the manual trigger is not active'],
  'tns1:Device/tnsaxis:IO/ControlButton': ['the control button is pressed', 'the control button is not pressed'],
  'tns1:UserAlarm/tnsaxis:Recurring/Interval': ['it is time for “{id}”', 'it is not time for “{id}”'],
  'tns1:UserAlarm/tnsaxis:Recurring/Pulse': ['the pulse “{id}” comes', 'the pulse “{id}” does not come'],
  'tnsaxis:MediaClip/Playing': ['an audio clip is playing', 'no audio clip is playing'],
  'tnsaxis:MediaClip/CurrentlyPlaying': ['the audio clip {FileName} starts', 'the audio clip {FileName} does not start'],
  'tns1:AudioSource/tnsaxis:TriggerLevel': ['the sound is above the alarm level', 'the sound is below the alarm level'],
  'tns1:Device/tnsaxis:AudioOutputActive': ['the loudspeaker plays something', 'the loudspeaker is silent'],
  'tnsaxis:Call/State': ['the call is in the state {CallState}', 'no call is in the state {CallState}'],
  'tnsaxis:Call/DTMF': ['the keys “{DTMFEventId}” are pressed in a call', 'the keys “{DTMFEventId}” are not pressed in a call'],
  'tns1:Device/tnsaxis:Network/Lost': ['the network is lost', 'the network is there'],
  'tns1:Device/tnsaxis:Network/AddressAdded': ['the unit gets an IP address', 'the unit gets no IP address'],
  'tns1:Device/tnsaxis:Network/AddressRemoved': ['the unit loses an IP address', 'the unit loses no IP address'],
  'tns1:Device/tnsaxis:MQTT/ClientStatus': ['the MQTT client is connected', 'the MQTT client is not connected'],
  'tns1:Device/tnsaxis:Status/SystemReady': ['the system is ready', 'the system is not ready'],
  'tnsaxis:Storage/Recording': ['a recording is ongoing', 'no recording is ongoing'],
  'tns1:VideoSource/tnsaxis:LiveStreamAccessed': ['somebody listens to the live stream', 'nobody listens to the live stream'],
  'tnsaxis:AudioMulticastController/SourceState': [
    'the multicast source {SrcID} speaks',
    'the multicast source {SrcID} is silent',
  ],
  'tns1:Device/tnsaxis:Impedance/Calibrated': ['the load is calibrated', 'the load is not calibrated'],
  'tns1:Device/tnsaxis:Impedance/LoadAlarm': ['there is an alarm of the load', 'there is no alarm of the load'],
  'tns1:Device/tnsaxis:HardwareFailure/AmplifierFailure': ['the amplifier has failed', 'the amplifier works'],
  'tns1:Device/tnsaxis:Status/SettingsLost': ['settings were lost', 'no settings were lost'],
};

/** The sentence of a topic with the words for its items; null where there is none. */
export function phraseOf(topic: string, holds: boolean, words: (item: string) => string): string | null {
  const phrase = PHRASES[topic]?.[holds ? 0 : 1];
  if (phrase === undefined) return null;
  return phrase
    .replace(/\{([\w-]+)\}/g, (_, item: string) => words(item))
    // "input Port 1" and "input Any" are what forms say, not people.
    .replace(/\b(input|output) (?:Port (\d)|(Any)\b)/, (_, port: string, number?: string) =>
      number === undefined ? `any ${port}` : `${port} ${number}`,
    )
    .replace(/ “”/, '')
    .replace(/ +/g, ' ')
    .trim();
}

/** Whether the sentence of a topic tells of an item. */
export const isSaid = (topic: string, item: string): boolean => PHRASES[topic]?.[0].includes(`{${item}}`) ?? false;
