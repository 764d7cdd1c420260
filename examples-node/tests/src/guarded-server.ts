// An MCP server that runs only what its agent has signed, for the tests.

import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { Keypair } from "@signet-auth/core";
import { NonceCache, signResponse, verifyRequest } from "@signet-auth/mcp-server";

import "./setup.js";

function fixed(byte: number): { secretKey: string; publicKey: string } {
  const secretKey = Buffer.alloc(32, byte).toString("base64");
  return { secretKey, publicKey: Keypair.fromSecret(secretKey).publicText };
}

export const AGENT = fixed(1);
export const SERVER = fixed(2);

const TOOLS: Record<string, (args: Record<string, unknown>) => object> = {
  echo: ({ text, n }) => ({ content: [{ type: "text", text: `echo ${String(text)} ${String(n)}` }] }),
  fail: () => ({ isError: true, content: [{ type: "text", text: "it broke" }] }),
};

export function guardedServer(): Server {
  const server = new Server({ name: "guarded", version: "1" }, { capabilities: { tools: {} } });
  const nonceCache = new NonceCache();
  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: Object.keys(TOOLS).map((name) => ({ name, inputSchema: { type: "object" as const } })),
  }));
  server.setRequestHandler(CallToolRequestSchema, (request) => {
    const { ok, error } = verifyRequest(request, {
      trustedKeys: [AGENT.publicKey],
      expectedTarget: "mcp://tests",
      nonceCache,
    });
    if (!ok) throw new Error(`refused: ${error}`);
    const result = TOOLS[request.params.name]!(request.params.arguments ?? {});
    const receipt = signResponse(request, result, { serverKey: SERVER.secretKey, serverName: "guarded" });
    return { ...result, _meta: { _signet_bilateral: receipt } };
  });
  return server;
}
