// Calls the tools of a stdio server through the official TypeScript SDK, which is
// in the folder MCP_SDK.
//
//     client.mjs CALLS COMMAND [ARGUMENT...]
//
// CALLS is a JSON array of {"name", "arguments"}. Prints {"tools", "results"}; a call
// that the protocol refuses is {"refused": code}.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(`${process.env.MCP_SDK}/package.json`);
const load = (path) => import(pathToFileURL(require.resolve(`@modelcontextprotocol/sdk/${path}`)));
const { Client } = await load("client/index.js");
const { StdioClientTransport } = await load("client/stdio.js");
const { McpError } = await load("types.js");

const [calls, command, ...args] = process.argv.slice(2);
const client = new Client({ name: "test", version: "1" });
await client.connect(new StdioClientTransport({ command, args, env: process.env }));
const { tools } = await client.listTools();
const results = [];
for (const call of JSON.parse(calls)) {
  try {
    results.push(await client.callTool(call));
  } catch (error) {
    if (!(error instanceof McpError)) throw error;
    results.push({ refused: error.code, message: error.message });
  }
}
await client.close();
console.log(JSON.stringify({ tools, results }));
