import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

/** @throws Error saying how to get one, where there is no Chromium */
export async function openBrowser(): Promise<Browser> {
  const known = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  const given = process.env['CHROMIUM'];
  const executablePath = (given === undefined ? known : [given]).find((file) => existsSync(file));
  if (executablePath === undefined)
    throw new Error(
      given === undefined
        ? 'no Chromium here: apt-get install chromium, or name one in CHROMIUM'
        : `CHROMIUM names ${given}, which is not there`,
    );
  // Containers and root have no sandbox of their own to give.
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'];
  return chromium.launch({ executablePath, args });
}
