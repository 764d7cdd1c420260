// A server of the official TypeScript SDK that writes down every tool it runs.

import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(process.env.MCP_SDK + "/x.js");
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { McpServer } = await load("@modelcontextprotocol/sdk/server/mcp.js");
const { StdioServerTransport } = await load("@modelcontextprotocol/sdk/server/stdio.js");
const { z } = await load("zod");

const server = new McpServer({ name: "bank", version: "1" });
for (const tool of ["echo", "delete_all"]) {
  const inputSchema = { note: z.any().optional(), a: z.any().optional() };
  server.registerTool(tool, { inputSchema }, async ({ note }) => {
    appendFileSync(process.env.EXECUTED, JSON.stringify([tool, note ?? null]) + "\n");
    return { content: [{ type: "text", text: "done" }] };
  });
}
await server.connect(new StdioServerTransport());
