#!/usr/bin/env node
// An MCP server over stdio that signs and verifies. The secret comes from the environment
// alone: it is never an argument, and never in an answer.

import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { contentHash, generateKeypair, sign, verifyAny } from "@signet-auth/core";
import { z } from "zod";

const server = new McpServer({ name: "signet-mcp-tools", version: "0.1.0" });

const answer = (value: unknown) => ({
  content: [{ type: "text" as const, text: JSON.stringify(value) }],
});

server.registerTool(
  "signet_generate_keypair",
  {
    description:
      "Makes an Ed25519 key pair and answers its public key. The secret is forgotten: to sign, " +
      "give the server one in SIGNET_SECRET_KEY.",
    inputSchema: {},
  },
  () => answer({ public_key: generateKeypair().publicKey }),
);

server.registerTool(
  "signet_sign",
  {
    description: "Signs a tool call with the server's key and answers the receipt.",
    inputSchema: {
      tool: z.string(),
      params: z.unknown().optional(),
      signer_name: z.string(),
      signer_owner: z.string().optional(),
      target: z.string().optional(),
    },
  },
  ({ tool, params, signer_name, signer_owner, target }) => {
    const secret = process.env["SIGNET_SECRET_KEY"];
    if (!secret) throw new Error("SIGNET_SECRET_KEY is not set: this server cannot sign");
    const action = { tool, params: params ?? null, target: target ?? "", transport: "mcp" };
    return answer(sign(secret, action, signer_name, signer_owner));
  },
);

server.registerTool(
  "signet_verify",
  {
    description: "Says whether a receipt of any version is by a public key.",
    inputSchema: { receipt_json: z.string(), public_key: z.string() },
  },
  ({ receipt_json, public_key }) => answer({ valid: verifyAny(receipt_json, public_key) }),
);

server.registerTool(
  "signet_content_hash",
  {
    description: "The hash of a content as receipts have it.",
    inputSchema: { content: z.unknown() },
  },
  ({ content }) => answer({ hash: contentHash(content) }),
);

await server.connect(new StdioServerTransport());
