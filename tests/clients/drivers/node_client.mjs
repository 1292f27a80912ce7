// Drives a Node SDK: takes lines of calls, tells of each line when it is settled.
//
// `node node_client.mjs NODE_MODULES CLIENT HOST WRITE_KEY OPTIONS`, OPTIONS being settings of the
// client as a JSON object. A line is a JSON list of calls. What it tells, a line of JSON each: `{"failures": n}` when the host was not reached for the n-th time,
// and `{"settled": [errors]}`. It ends where its input ends.

import { subscribe } from "node:diagnostics_channel";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const [modules, client, host, writeKey, options] = process.argv.slice(2);
const require = createRequire(`${modules}/`);
const tell = (what) => console.log(JSON.stringify(what));

// The callbacks of the calls tell of errors. Without a handler these two end their process by an
// unhandled rejection when a request fails for good.
const errorHandler = () => {};
const more = JSON.parse(options);
const OPENED = {
  "segment-node": () => {
    const { Analytics } = require("@segment/analytics-node");
    return new Analytics({ writeKey, host, flushInterval: 100, ...more });
  },
  "rudder-node": () => {
    const Analytics = require("@rudderstack/rudder-sdk-node");
    const settings = { dataPlaneUrl: host, flushInterval: 100, logLevel: "error", errorHandler };
    return new (Analytics.default ?? Analytics)(writeKey, { ...settings, ...more });
  },
  "old-segment-node": () => {
    const Analytics = require("analytics-node");
    return new Analytics(writeKey, { host, flushInterval: 100, errorHandler, ...more });
  },
};

let failures = 0;
subscribe("net.client.socket", ({ socket }) => {
  socket.once("error", () => tell({ failures: ++failures }));
});

const analytics = OPENED[client]();

function made({ type, ...message }) {
  return new Promise((settled) => {
    analytics[type](message, (error) => settled(error ? String(error.message ?? error) : null));
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const outcomes = await Promise.all(JSON.parse(line).map(made));
  tell({ settled: outcomes.filter((error) => error !== null) });
}
await analytics.closeAndFlush?.();
