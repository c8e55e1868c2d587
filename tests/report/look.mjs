// Screenshots of a page, for a person to look at.
//
//   node tests/report/look.mjs PAGE.html OUTPUT.png [WIDTH] [dark]

import { writeFileSync } from 'node:fs';
import { Browser } from './browser.mjs';

const [file, output, width = '1200', scheme] = process.argv.slice(2);
const browser = await Browser.start(process.env.CHROMIUM || 'chromium');
const page = await browser.open(file, { width: +width, dark: scheme === 'dark' });
await new Promise((done) => setTimeout(done, 500));
writeFileSync(output, await page.screenshot());
for (const error of page.errors) console.log(`error: ${error}`);
await browser.close();
