// A headless Chromium for tests of pages, driven over a pipe by the DevTools protocol, with Node's own modules alone.
// Every page notes what a test must know: errors of the console, and every request that was made.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

export class Browser {
  // Starts the program; fails if it does not answer within a minute.
  static async start(program) {
    const browser = new Browser();
    browser.folder = mkdtempSync(join(tmpdir(), 'gantrain-browser-'));
    browser.process = spawn(program, [
      '--headless=new', '--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--no-first-run', '--mute-audio',
      '--disable-extensions', '--disable-component-update', '--disable-background-networking',
      '--disable-dev-shm-usage',
      `--user-data-dir=${browser.folder}`, '--remote-debugging-pipe', 'about:blank',
    ], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    browser.waiting = new Map();
    browser.listeners = new Map();
    browser.next = 1;
    let text = '';
    browser.process.stdio[4].setEncoding('utf8').on('data', (piece) => {
      text += piece;
      for (let end; (end = text.indexOf('\0')) >= 0; text = text.slice(end + 1))
        browser.receive(JSON.parse(text.slice(0, end)));
    });
    const gone = new Error('the browser is gone');
    browser.process.on('exit', () => browser.waiting.forEach(({ reject }) => reject(gone)));
    await browser.send('Browser.getVersion');
    return browser;
  }

  receive(message) {
    const waiting = this.waiting.get(message.id);
    if (waiting) {
      this.waiting.delete(message.id);
      clearTimeout(waiting.timer);
      if (message.error) waiting.reject(new Error(`${waiting.method}: ${message.error.message}`));
      else waiting.resolve(message.result);
    } else {
      this.listeners.get(message.sessionId)?.(message.method, message.params);
    }
  }

  send(method, params = {}, sessionId = undefined) {
    const id = this.next++;
    this.process.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${method}: no answer within a minute`)), 60000);
      this.waiting.set(id, { method, resolve, reject, timer });
    });
  }

  // Opens a file as a page of a size, light or dark, and waits until it has loaded.
  async open(file, { width = 1200, height = 900, dark = false } = {}) {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, sessionId, targetId);
    await page.load(pathToFileURL(file).href, width, height, dark);
    return page;
  }

  async close() {
    const gone = new Promise((resolve) => this.process.on('exit', resolve));
    await this.send('Browser.close').catch(() => this.process.kill('SIGKILL'));
    await gone;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const problemOf = (details) => details.exception?.description ?? details.text;

// What Chromium calls the keys that tests press.
const KEYS = { ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, Home: 36, End: 35, Tab: 9, Enter: 13 };

class Page {
  constructor(browser, sessionId, targetId) {
    Object.assign(this, { browser, sessionId, targetId, errors: [], requests: [] });
    this.loaded = new Promise((resolve) => {
      browser.listeners.set(sessionId, (method, params) => {
        if (method === 'Page.loadEventFired') resolve();
        if (method === 'Network.requestWillBeSent') this.requests.push(params.request.url);
        if (method === 'Runtime.exceptionThrown') this.errors.push(problemOf(params.exceptionDetails));
        if (method === 'Runtime.consoleAPICalled' && params.type === 'error') this.errors.push(params.args[0].value);
        if (method === 'Log.entryAdded' && params.entry.level === 'error')
          this.errors.push(`${params.entry.text} ${params.entry.url ?? ''}`);
      });
    });
  }

  send(method, params) {
    return this.browser.send(method, params, this.sessionId);
  }

  async load(url, width, height, dark) {
    for (const domain of ['Page', 'Network', 'Runtime', 'Log']) await this.send(`${domain}.enable`);
    await this.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    const scheme = { name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' };
    await this.send('Emulation.setEmulatedMedia', { features: [scheme] });
    await this.send('Page.navigate', { url });
    await this.loaded;
    await this.settle();
  }

  // Waits for two frames: what was asked for is drawn then.
  settle() {
    return this.run('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))');
  }

  // The value of an expression; promises are waited for.
  async run(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate',
      { expression, awaitPromise: true, returnByValue: true });
    if (exceptionDetails) throw new Error(`${expression.slice(0, 200)}: ${problemOf(exceptionDetails)}`);
    return result.value;
  }

  async press(key) {
    const text = key === 'Enter' ? '\r' : undefined; // which presses a button
    for (const type of ['keyDown', 'keyUp'])
      await this.send('Input.dispatchKeyEvent', { type, key, code: key, text, windowsVirtualKeyCode: KEYS[key] });
    await this.settle();
  }

  // A picture of the whole page, as the bytes of a PNG.
  async screenshot() {
    const { cssContentSize: { width, height } } = await this.send('Page.getLayoutMetrics');
    const { data } = await this.send('Page.captureScreenshot',
      { captureBeyondViewport: true, clip: { x: 0, y: 0, width, height, scale: 1 } });
    return Buffer.from(data, 'base64');
  }

  async close() {
    this.browser.listeners.delete(this.sessionId);
    await this.browser.send('Target.closeTarget', { targetId: this.targetId });
  }
}

export const textOf = (page, selector) =>
  page.run(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? ''`);

export const set = (page, selector, value, event) => page.run(`(() => {
  const control = document.querySelector('${selector}');
  control.value = '${value}';
  control.dispatchEvent(new Event('${event}'));
})()`);

// Tests of the pages in a directory. test() opens a page, checks it, and fails for errors in its console and requests
// to elsewhere; finish() ends the program, with status 1 if a test failed.
export function testsOf(browser, directory) {
  let failures = 0;
  async function test(what, file, check, options) {
    const page = await browser.open(join(directory, file), options);
    try {
      await check(page);
      assert.deepEqual(page.errors, [], 'errors in the console');
      const strange = page.requests.filter((url) => !url.startsWith('file://') && !url.startsWith('data:'));
      assert.deepEqual(strange, [], 'requests to elsewhere');
    } catch (error) {
      failures++;
      console.log(`FAILED: ${what} (${file}): ${error.message}`);
    }
    await page.close();
  }
  async function finish() {
    await browser.close();
    process.exit(failures > 0 ? 1 : 0);
  }
  return { test, finish };
}
