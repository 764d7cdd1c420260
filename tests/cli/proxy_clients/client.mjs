// A client of the official TypeScript SDK that takes the steps in a file and writes
// down what came of each.
//
// Usage: client.mjs STEPS RESULTS COMMAND [ARGUMENT...]

import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.MCP_SDK + "/x.js");
const load = (name) => import(pathToFileURL(require.resolve("@modelcontextprotocol/sdk/" + name)));
const { Client } = await load("client/index.js");
const { StdioClientTransport } = await load("client/stdio.js");
const types = await load("types.js");

const [stepsPath, resultsPath, command, ...args] = process.argv.slice(2);
const { roots, steps } = JSON.parse(readFileSync(stepsPath, "utf8"));

const transport = new StdioClientTransport({ command, args, env: process.env });
const ended = new Promise((resolve) => (transport.onclose = resolve));
const heard = [];
transport.onmessage = (message) => {
  if (message.method && message.id === undefined) heard.push(JSON.stringify(message));
};
const client = new Client(
  { name: "test", version: "1" },
  { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } },
);
client.setRequestHandler(types.CreateMessageRequestSchema, ({ params }) => {
  const text = `sampled: ${params.messages[0].content.text}`;
  const content = { type: "text", text };
  return { role: "assistant", content, model: "none", stopReason: "endTurn" };
});
client.setRequestHandler(types.ElicitRequestSchema, () => ({
  action: "accept",
  content: { name: "Ada", check: true, integer: 7 },
}));
client.setRequestHandler(types.ListRootsRequestSchema, () => {
  heard.push("asked for roots");
  return { roots };
});

async function hear(text, times) {
  while (heard.filter((one) => one.includes(text)).length < times) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

// A busy machine is no reason to give up.
const patience = { timeout: 600_000 };
const call = (tool, input, options) =>
  client.callTool({ name: tool, arguments: input }, undefined, { ...patience, ...options });

let cancelledToken;
const verbs = {
  tools: () => client.listTools(),
  resources: () => client.listResources(),
  templates: () => client.listResourceTemplates(),
  prompts: () => client.listPrompts(),
  ping: () => client.ping(),
  level: (level) => client.setLoggingLevel(level),
  call: (tool, input) => call(tool, input),
  read: (uri) => client.readResource({ uri }),
  subscribe: (uri) => client.subscribeResource({ uri }),
  unsubscribe: (uri) => client.unsubscribeResource({ uri }),
  prompt: (name, input) => client.getPrompt({ name, arguments: input }),
  complete: (ref, { name, value }, context) =>
    client.complete({ ref, argument: { name, value }, context: { arguments: context } }),
  new_roots: (list) => {
    roots.splice(0, roots.length, ...list);
    return client.sendRootsListChanged();
  },
  hear,
  move: (from, to) => renameSync(from, to),
  put: (path) => writeFileSync(path, "", { flag: "wx" }),
  remove: (path) => rmSync(path),
  // The last progress may come after the result here.
  progress: (tool, input) => call(tool, input, { onprogress: () => {} }),
  // Cancels a call as soon as it makes progress.
  cancel: async (tool, input) => {
    const control = new AbortController();
    const before = heard.length;
    const onprogress = () => control.abort("enough");
    await call(tool, input, { signal: control.signal, onprogress }).catch(() => {});
    const progress = heard.slice(before).find((one) => one.includes("progressToken"));
    cancelledToken = JSON.parse(progress).params.progressToken;
    return cancelledToken;
  },
  // Waits until the cancelled call has made this much progress.
  cancelled: (times) => hear(`"progressToken":${cancelledToken}`, times),
  // A call that the server makes a task of; the result of that.
  task: async (tool, input) => {
    const params = { name: tool, arguments: input };
    const options = { ...patience, task: { ttl: 600_000 } };
    let last;
    for await (last of client.experimental.tasks.callToolStream(params, undefined, options));
    return last;
  },
  // That many calls at once.
  many: (count, calls) =>
    Promise.all(
      Array.from({ length: count }, (_, number) => {
        const [tool, input] = calls[number % calls.length];
        const text = JSON.stringify(input).replaceAll('"#"', number).replaceAll("#", number);
        return attempt("call", tool, JSON.parse(text));
      }),
    ),
};

async function attempt(verb, ...input) {
  try {
    return (await verbs[verb](...input)) ?? null;
  } catch (error) {
    if (!(error instanceof types.McpError)) throw error;
    return { error: { code: error.code, message: error.message, data: error.data } };
  }
}

await client.connect(transport, patience);
const server = [client.getServerCapabilities(), client.getServerVersion()];
const done = [["initialize", server, client.getInstructions()]];
for (const step of steps) done.push([step, await attempt(...step)]);
// As close() does it, but with more time for the server.
transport._process.stdin.end();
await ended;
writeFileSync(resultsPath, JSON.stringify(done));
