// Drives a browser SDK in a page of its own: takes lines of calls, tells when each line is settled.
//
// `node browser_client.mjs NODE_MODULES CLIENT HOST WRITE_KEY OPTIONS BROWSER`, OPTIONS being what
// the SDK is loaded with as a JSON object, BROWSER the DevTools address of a running Chromium. A line is a JSON list of calls. What it tells, a line of JSON each:
// `{"failures": n}` when the host was not reached for the n-th time, and `{"settled": [errors]}`. It
// ends where its input ends, and says what the page complained of: `{"complaints": [text]}`.

import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";

const [modules, client, host, writeKey, options, browserAddress] = process.argv.slice(2);
const { chromium } = createRequire(`${modules}/`)("playwright-core");
const tell = (what) => console.log(JSON.stringify(what));

const SDKS = {
  ajs: "@segment/analytics-next/dist/umd",
  "rudder-js": "@rudderstack/analytics-js/dist/npm/modern/bundled/umd",
};

const PAGE = `<!doctype html><title>Pricing</title><script src="/sdk/index.js"></script>`;

// The page has another origin than the host, as a customer's site has.
const site = createServer((request, response) => {
  const path = new URL(request.url, "http://site").pathname;
  if (path.startsWith("/sdk/")) {
    response.setHeader("Content-Type", "text/javascript");
    createReadStream(join(modules, SDKS[client], basename(path))).pipe(response);
    return;
  }
  response.setHeader("Content-Type", "text/html");
  response.end(PAGE);
});
await new Promise((listening) => site.listen(0, "127.0.0.1", listening));

// What runs in the page: `load` gives `make(call)`, a promise of an error or null.
const LOADED = {
  ajs: async ({ host, writeKey, more }) => {
    const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey, cdnURL: host }, more);
    await analytics.ready();
    const context = (call) => ({ context: call.context });
    const methods = {
      identify: (call) => analytics.identify(call.userId, call.traits, context(call)),
      track: (call) => analytics.track(call.event, call.properties, context(call)),
      page: (call) => analytics.page(call.category, call.name, call.properties, context(call)),
      screen: (call) => analytics.screen(call.category, call.name, call.properties, context(call)),
      group: (call) => analytics.group(call.groupId, call.traits, context(call)),
      alias: (call) => analytics.alias(call.userId, call.previousId, context(call)),
    };
    window.make = async (call) => {
      const sent = await methods[call.type](call);
      const failure = sent.failedDelivery?.();
      return failure ? String(failure.reason?.message ?? failure.reason) : null;
    };
  },
  "rudder-js": async ({ host, writeKey, more }) => {
    const rudderanalytics = new window.rudderanalytics.RudderAnalytics();
    await new Promise((ready) => {
      rudderanalytics.load(writeKey, host, { configUrl: host, onLoaded: ready, ...more });
    });
    const methods = {
      identify: (call) => rudderanalytics.identify(call.userId, call.traits, call.context),
      track: (call) => rudderanalytics.track(call.event, call.properties, call.context),
      page: (call) => rudderanalytics.page(call.category, call.name, call.properties, call.context),
      group: (call) => rudderanalytics.group(call.groupId, call.traits, call.context),
      alias: (call) => rudderanalytics.alias(call.userId, call.previousId, call.context),
    };
    // It tells nobody what became of a call: its queue is empty when it is done with all of them.
    const waiting = () =>
      Object.keys(localStorage)
        .filter((key) => /^rudder_.*\.(queue|inProgress)$/.test(key))
        .some((key) => !['"[]"', '"{}"'].includes(localStorage.getItem(key)));
    window.make = async (call) => {
      methods[call.type](call);
      while (waiting()) await new Promise((later) => setTimeout(later, 10));
      return null;
    };
  },
};

const browser = await chromium.connectOverCDP(browserAddress);
const context = await browser.newContext();
const page = await context.newPage();
const complaints = [];
page.on("pageerror", (error) => complaints.push(String(error)));
let failures = 0;
page.on("requestfailed", (request) => {
  if (request.url().startsWith(host)) tell({ failures: ++failures });
});

await page.goto(`http://127.0.0.1:${site.address().port}/pricing?utm_campaign=spring`);
await page.evaluate(LOADED[client], { host, writeKey, more: JSON.parse(options) });
for await (const line of createInterface({ input: process.stdin })) {
  const make = (calls) => Promise.all(calls.map((call) => window.make(call)));
  const outcomes = await page.evaluate(make, JSON.parse(line));
  tell({ settled: outcomes.filter((error) => error !== null) });
}
tell({ complaints });
await context.close();
await browser.close(); // leaves the browser itself running
site.close();
site.closeAllConnections();
