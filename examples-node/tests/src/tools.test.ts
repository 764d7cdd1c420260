// The MCP server that signs, as a client sees it; and the callbacks for the AI SDK.

import assert from "node:assert/strict";
import { it } from "node:test";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import * as signet from "@signet-auth/core";
import { createSignetCallbacks } from "@signet-auth/vercel-ai";
import type { SignetCallbacksOptions } from "@signet-auth/vercel-ai";
import * as ai from "ai";
import * as next from "ai-next";
import { MockLanguageModelV4 } from "ai-next/test";
import { MockLanguageModelV3 } from "ai/test";
import { z } from "zod";

import { LIBRARY, ROOT, seed } from "./setup.js";

const agent = signet.Keypair.fromSecret(seed(1));

async function tools(secret: string | undefined): Promise<(name: string, args: object) => Promise<[any, string]>> {
  const client = new Client({ name: "tests", version: "1" });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [`${ROOT}examples-node/packages/mcp-tools/dist/index.js`],
      env: { PATH: process.env["PATH"] ?? "", SIGNET_LIBRARY: LIBRARY, ...(secret ? { SIGNET_SECRET_KEY: secret } : {}) },
    }),
  );
  clients.push(client);
  return async (name, args) => {
    const result = await client.callTool({ name, arguments: args as Record<string, unknown> });
    const text = (result.content as { text: string }[])[0]!.text;
    return [result.isError ? undefined : JSON.parse(text), text];
  };
}
const clients: Client[] = [];

it("the server signs, verifies and hashes, and its secret never leaves it", async () => {
  const call = await tools(seed(1));
  const [receipt, text] = await call("signet_sign", {
    tool: "Bash", params: { command: "ls" }, signer_name: "bot", signer_owner: "ops", target: "mcp://shell",
  });
  assert.deepEqual([receipt.signer.pubkey, receipt.action.transport], [agent.publicText, "mcp"]);
  assert.ok(!text.includes(seed(1)));
  const valid = async (key: string): Promise<unknown> =>
    (await call("signet_verify", { receipt_json: JSON.stringify(receipt), public_key: key }))[0];
  assert.deepEqual(await valid(agent.publicText), { valid: true });
  assert.deepEqual(await valid(signet.generateKeypair().publicKey), { valid: false });
  const [hash] = await call("signet_content_hash", { content: { a: 1 } });
  assert.deepEqual(hash, { hash: signet.contentHash({ a: 1 }) });
  const [made, all] = await call("signet_generate_keypair", {});
  assert.match(made.public_key, /^ed25519:/);
  assert.deepEqual(Object.keys(JSON.parse(all)), ["public_key"]);
  const [, refused] = await call("signet_verify", { receipt_json: "{", public_key: agent.publicText });
  assert.match(refused, /json/i);
});

it("the server takes no secret as an argument, and says that it has none", async () => {
  const call = await tools(undefined);
  const [nothing, text] = await call("signet_sign", { tool: "t", signer_name: "x", secret_key: seed(1) });
  assert.equal(nothing, undefined);
  assert.match(text, /SIGNET_SECRET_KEY is not set/);
  const listed = await clients.at(-1)!.listTools();
  assert.deepEqual(
    listed.tools.map((one) => one.name).sort(),
    ["signet_content_hash", "signet_generate_keypair", "signet_sign", "signet_verify"],
  );
  assert.ok(!JSON.stringify(listed.tools).includes("secret_key"));
  await Promise.all(clients.map((one) => one.close()));
});

const USAGE = {
  inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
  outputTokens: { total: 1, text: 1, reasoning: 0 },
} as const;

/** What a model answers: two tool calls, then a text. */
const turns = (): any[] => [
  {
    content: [
      { type: "tool-call", toolCallId: "call-1", toolName: "weather", input: '{"city":"Bern"}' },
      { type: "tool-call", toolCallId: "call-2", toolName: "broken", input: '{"city":"Rome"}' },
    ],
    finishReason: { unified: "tool-calls", raw: undefined },
    usage: USAGE,
    warnings: [],
  },
  { content: [{ type: "text", text: "done" }], finishReason: { unified: "stop", raw: undefined }, usage: USAGE, warnings: [] },
];

type Sdk = { name: string; run: (callbacks: object) => Promise<string[]> };

function sdk(name: string, module: typeof ai, Model: new (settings: any) => any): Sdk {
  return {
    name,
    async run(callbacks) {
      const answers = turns();
      const ran: string[] = [];
      const inputSchema = z.object({ city: z.string() });
      await module.generateText({
        model: new Model({ doGenerate: async () => answers.shift() }),
        prompt: "the weather?",
        stopWhen: module.stepCountIs(3),
        tools: {
          weather: module.tool({ inputSchema, execute: async ({ city }) => (ran.push(city), "sunny") }),
          broken: module.tool({ inputSchema, execute: async ({ city }): Promise<string> => { ran.push(city); throw new Error("no"); } }),
        },
        ...callbacks,
      });
      return ran.sort();
    },
  };
}

const sdks = [sdk("ai 6", ai, MockLanguageModelV3), sdk("ai 7", next as unknown as typeof ai, MockLanguageModelV4)];

const callbacks = (secret: string | signet.Keypair, options?: SignetCallbacksOptions): ReturnType<typeof createSignetCallbacks> =>
  createSignetCallbacks(secret, "bot", options);

for (const { name, run } of sdks) {
  it(`${name}: each tool call has one receipt, also one that fails`, async () => {
    const signing = callbacks(seed(1), { signerOwner: "ops" });
    assert.deepEqual(await run(signing), ["Bern", "Rome"]);
    assert.deepEqual(signing.receipts.map((one) => one.toolCallId).sort(), ["call-1", "call-2"]);
    for (const { toolName, toolCallId, receipt, durationMs } of signing.receipts) {
      assert.equal(signet.verify(receipt, agent.publicText), true);
      assert.deepEqual(
        [receipt.action.tool, receipt.action.call_id, receipt.action.target, receipt.signer.owner],
        [toolName, toolCallId, "vercel-ai://local", "ops"],
      );
      assert.equal(receipt.action.params ?? null, null, "only the hash is kept");
      assert.ok(durationMs !== undefined && durationMs >= 0);
    }
    const shown = callbacks(agent, { hashArgs: false, target: "ai://x" });
    await run(shown);
    assert.deepEqual(shown.receipts.find((one) => one.toolName === "weather")?.receipt.action.params, { city: "Bern" });
    assert.equal(shown.receipts[0]?.receipt.action.target, "ai://x");
  });

  it(`${name}: a tool call does not break because it cannot be signed`, async () => {
    const warnings: string[] = [];
    const wrong = callbacks("no secret", { onWarn: (message) => void warnings.push(message) });
    assert.deepEqual(await run(wrong), ["Bern", "Rome"]);
    assert.deepEqual([wrong.receipts.length, warnings.length], [0, 2]);
    const worse = callbacks("no secret", { onWarn: () => { throw new Error("the log is full"); } });
    assert.deepEqual(await run(worse), ["Bern", "Rome"]);
  });
}
