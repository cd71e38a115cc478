// The licences of everything that irnn-run is installed with: name, version, licence, file of its notice.
//
//   node scripts/notices.mjs
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const root = new URL('..', import.meta.url);
const lock = JSON.parse(readFileSync(new URL('package-lock.json', root), 'utf8'));
for (const [path, { dev, version, license }] of Object.entries(lock.packages)) {
  const folder = new URL(`${path}/`, root);
  if (path === '' || dev || !existsSync(folder)) continue;
  const notices = readdirSync(folder).filter((name) => /^(licen[cs]e|copying|notice)/i.test(name));
  const name = path.replace(/^.*node_modules\//, '');
  process.stdout.write(
    `${name} ${version}  ${license ?? 'no licence named'}  ${notices.map((file) => `${path}/${file}`).join(' ')}\n`,
  );
}
