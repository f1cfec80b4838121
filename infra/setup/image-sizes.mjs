// Prints the table of docs/images.md: what each image is, beyond its base.
import { execFileSync } from 'node:child_process';

const base = 'node:24-trixie-slim';
const roles = ['scheduler', 'heartbeat', 'metrics', 'trainer', 'dashboard'];

const megabytes = (image) =>
  Math.round(
    execFileSync('docker', ['image', 'inspect', '--format', '{{.Size}}', image], { encoding: 'utf8' }) / 1e6,
  );

console.log('| image | MB | beyond the base |\n| --- | ---: | ---: |');
for (const role of roles) {
  const size = megabytes(`ml-training/${role}`);
  console.log(`| ml-training/${role} | ${size} | ${size - megabytes(base)} |`);
}
console.log(`| ${base} (base) | ${megabytes(base)} | |`);
