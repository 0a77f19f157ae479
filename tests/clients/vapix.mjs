// Runs one stranger's VAPIX client against a unit and prints what it got as JSON.
// node vapix.mjs camstreamerlib|digest-fetch PORT USER PASSWORD
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const [client, port, user, password] = process.argv.slice(2);

async function camstreamerlib() {
  const CameraVapix = require('camstreamerlib/CameraVapix');
  const unit = new CameraVapix({ ip: '127.0.0.1', port: Number(port), auth: `${user}:${password}` });
  const brand = await unit.getParameterGroup('Brand');
  const changed = await unit.setParameter({ 'root.Network.HTTP.AllowedHosts': 'camstreamer.example' });
  const read = await unit.getParameterGroup('Network.HTTP');
  return { brand, changed, read };
}

async function digestFetch() {
  const { default: DigestClient } = await import('digest-fetch');
  const unit = new DigestClient(user, password);
  const base = `http://127.0.0.1:${port}/axis-cgi`;
  const texts = [];
  for (let round = 0; round < 3; round += 1) {
    const answer = await unit.fetch(`${base}/usergroup.cgi`);
    texts.push(`${answer.status} ${await answer.text()}`);
  }
  const body = JSON.stringify({ apiVersion: '1.0', method: 'getAllProperties' });
  const info = await unit.fetch(`${base}/basicdeviceinfo.cgi`, { method: 'POST', body });
  return { texts, info: await info.json() };
}

const clients = { camstreamerlib, 'digest-fetch': digestFetch };
process.stdout.write(JSON.stringify(await clients[client]()));
