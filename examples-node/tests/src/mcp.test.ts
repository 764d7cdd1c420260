// The official MCP SDK, client and server, with signed calls and verified requests.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { after, it } from "node:test";

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import * as signet from "@signet-auth/core";
import { SigningTransport } from "@signet-auth/mcp";
import type { SigningTransportOptions } from "@signet-auth/mcp";

import { AGENT, SERVER, guardedServer } from "./guarded-server.js";
import { LIBRARY, seed } from "./setup.js";

interface Seen {
  dispatched: signet.SignetReceipt[];
  receipts: signet.CompoundReceipt[];
  bilateral: signet.BilateralReceipt[];
  untrusted: string[];
  errors: string[];
}

/** A client whose calls are signed, and what its transport told. */
async function connected(
  inner: Transport,
  options: SigningTransportOptions = {},
  secret = AGENT.secretKey,
): Promise<[Client, Seen]> {
  const seen: Seen = { dispatched: [], receipts: [], bilateral: [], untrusted: [], errors: [] };
  const transport = new SigningTransport(inner, secret, "bot", "ops", {
    target: "mcp://tests",
    trustedServerKeys: [SERVER.publicKey],
    onDispatch: (receipt) => void seen.dispatched.push(receipt),
    onReceipt: (receipt) => void seen.receipts.push(receipt),
    onBilateral: (receipt) => void seen.bilateral.push(receipt),
    onUntrustedBilateral: ({ reason }) => void seen.untrusted.push(reason),
    ...options,
  });
  const client = new Client({ name: "tests", version: "1" });
  client.onerror = (error) => void seen.errors.push(error.message);
  await client.connect(transport);
  after(() => client.close());
  return [client, seen];
}

async function inMemory(options?: SigningTransportOptions, secret?: string): Promise<[Client, Seen]> {
  const [left, right] = InMemoryTransport.createLinkedPair();
  await guardedServer().connect(right);
  return connected(left, options, secret);
}

const texts = (result: unknown): string =>
  (result as { content: { text: string }[] }).content.map((one) => one.text).join();

async function works([client, seen]: [Client, Seen]): Promise<void> {
  assert.equal((await client.listTools()).tools.length > 0, true);
  const result = await client.callTool({ name: "echo", arguments: { text: "hi", n: 2 ** 53 } });
  assert.equal(texts(result), `echo hi ${2 ** 53}`);
  assert.deepEqual(seen.errors, []);
  const [dispatched, receipt, bilateral] = [seen.dispatched[0]!, seen.receipts[0]!, seen.bilateral[0]!];
  assert.equal(signet.verify(dispatched, AGENT.publicKey), true);
  assert.equal(dispatched.action.target, "mcp://tests");
  assert.match(dispatched.action.call_id!, /^n:\d+$/);
  assert.equal(signet.verifyAny(receipt, AGENT.publicKey), true);
  assert.equal(receipt.action.params_hash, dispatched.action.params_hash);
  assert.equal(bilateral.agent_receipt.id, dispatched.id);
  assert.equal(bilateral.response.outcome?.status, "executed");
  assert.equal(signet.verifyBilateral(bilateral, SERVER.publicKey), true);
  const failed = await client.callTool({ name: "fail", arguments: {} });
  assert.equal(failed.isError, true);
  assert.deepEqual(seen.bilateral[1]?.response.outcome, { status: "failed", error: "it broke" });
  await Promise.all(Array.from({ length: 20 }, (_, n) => client.callTool({ name: "echo", arguments: { text: "x", n } })));
  assert.equal(new Set(seen.bilateral.map((one) => one.id)).size, 22);
}

it("signed calls run over stdio", async () => {
  const inner = new StdioClientTransport({
    command: process.execPath,
    args: [fileURLToPath(new URL("./guarded-server-main.js", import.meta.url))],
    env: { SIGNET_LIBRARY: LIBRARY, PATH: process.env["PATH"] ?? "" },
  });
  await works(await connected(inner));
});

it("signed calls run over Streamable HTTP", async () => {
  const server = guardedServer();
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => "session-1" });
  await server.connect(transport as Transport);
  const http = createServer((request, response) => void transport.handleRequest(request, response));
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  after(() => http.close());
  after(() => server.close());
  const url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`);
  const inner = new StreamableHTTPClientTransport(url) as Transport;
  const signing = await connected(inner);
  await works(signing);
  assert.equal(signing[0].transport?.sessionId, "session-1");
  await signing[0].close();
  http.closeAllConnections();
});

it("a client that does not sign, and one that nobody trusts, run nothing", async () => {
  const [left, right] = InMemoryTransport.createLinkedPair();
  await guardedServer().connect(right);
  const plain = new Client({ name: "tests", version: "1" });
  await plain.connect(left);
  await assert.rejects(plain.callTool({ name: "echo", arguments: { text: "x", n: 1 } }), /refused/);
  const [stranger] = await inMemory({}, seed(77));
  await assert.rejects(stranger.callTool({ name: "echo", arguments: { text: "x", n: 1 } }), /refused.*not among the trusted/);
});

it("a server that is not trusted is told of, and counts only when that is allowed", async () => {
  const strict = await inMemory({ trustedServerKeys: [] });
  await strict[0].callTool({ name: "echo", arguments: { text: "x", n: 1 } });
  assert.deepEqual([strict[1].untrusted.length, strict[1].bilateral.length], [1, 0]);
  const lax = await inMemory({ trustedServerKeys: [AGENT.publicKey], allowUntrustedBilateral: true });
  await lax[0].callTool({ name: "echo", arguments: { text: "x", n: 1 } });
  assert.deepEqual([lax[1].untrusted.length, lax[1].bilateral.length], [1, 1]);
  const quiet = await inMemory({ trustedServerKeys: [], onUntrustedBilateral: undefined as never });
  await quiet[0].callTool({ name: "echo", arguments: { text: "x", n: 1 } });
  assert.equal(quiet[1].errors.length, 1);
});

/** A transport under test, and what reaches the other side. */
function probe(options: SigningTransportOptions = {}): {
  transport: SigningTransport;
  sent: Record<string, any>[];
  errors: string[];
  delivered: unknown[];
  receive: (message: unknown) => void;
} {
  const sent: Record<string, any>[] = [];
  const errors: string[] = [];
  const delivered: unknown[] = [];
  const inner: Transport = {
    start: async () => {},
    send: async (message) => void sent.push(message as never),
    close: async () => {},
  };
  const transport = new SigningTransport(inner, AGENT.secretKey, "bot", "", options);
  transport.onerror = (error) => void errors.push(error.message);
  transport.onmessage = (message) => void delivered.push(message);
  return { transport, sent, errors, delivered, receive: (message) => inner.onmessage?.(message as JSONRPCMessage) };
}

const call = (id: number | string, args: unknown = {}, meta?: object): JSONRPCMessage =>
  ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "t", arguments: args, ...(meta ? { _meta: meta } : {}) } }) as never;

it("integers from 2^53 on are signed and sent; what cannot be sent fails loudly (e4)", async () => {
  const { transport, sent } = probe();
  for (const n of [2 ** 53, 2 ** 53 + 2, 1e300, -(2 ** 60)]) {
    await transport.send(call(n % 1000 | 0, { id: n }));
    const { params } = sent.pop()!;
    assert.equal(params.arguments.id, n);
    assert.equal(signet.verify(params._meta._signet, AGENT.publicKey), true);
    await transport.close();
  }
  await assert.rejects(transport.send(call(9, { id: 2n ** 60n })), TypeError);
  await assert.rejects(transport.send(call(9, { text: "\ud800" })), signet.JsonLoneSurrogateError);
  assert.deepEqual(sent, []);
  await transport.send(call(9, {}));
  assert.equal(sent.length, 1, "the id is free after a failure");
});

it("a batch is signed call by call, or not sent (e2)", async () => {
  const { transport, sent } = probe();
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  await transport.send([call(2, { a: 1 }), ping, call("2", { b: 2 })] as never);
  const [batch] = sent as unknown as [Record<string, any>[]];
  assert.deepEqual(batch[1], ping);
  for (const one of [batch[0], batch[2]]) {
    assert.equal(signet.verify(one!["params"]._meta._signet, AGENT.publicKey), true);
  }
  await assert.rejects(transport.send([call(3), call(4, {}, { _signet: { v: 1 } })] as never), signet.AlreadySignedError);
  assert.equal(sent.length, 1);
});

it("a request's other members and its meta stay as they were", async () => {
  const { transport, sent } = probe();
  await transport.send(call(1, { z: 1, a: 2 }, { progressToken: 7 }));
  assert.equal(sent[0]!["params"]._meta.progressToken, 7);
  assert.deepEqual(Object.keys(sent[0]!["params"].arguments), ["z", "a"]);
  const other = { jsonrpc: "2.0", method: "notifications/x", params: {} } as never;
  await transport.send(other);
  assert.equal(sent[1], other);
});

it("a call is not sent when its receipt cannot be kept", async () => {
  const { transport, sent } = probe({ onDispatch: () => Promise.reject(new Error("the disk is full")) });
  await assert.rejects(transport.send(call(1)), /the disk is full/);
  assert.deepEqual(sent, []);
});

it("what is wrong with an answer is told, and the answer is delivered", async () => {
  const bilateral: unknown[] = [];
  const { transport, sent, errors, delivered, receive } = probe({
    trustedServerKeys: [SERVER.publicKey],
    onBilateral: (one) => bilateral.push(one),
    onReceipt: () => {
      throw new Error("the handler broke");
    },
  });
  const answered = async (id: number, change: (result: Record<string, any>, receipt: object) => unknown): Promise<void> => {
    await transport.send(call(id));
    const agent = sent.at(-1)!["params"]._meta._signet as object;
    const content = { content: [{ type: "text", text: "ok" }] };
    const receipt = signet.signBilateral(SERVER.secretKey, agent, content, "srv");
    receive({ jsonrpc: "2.0", id, result: change({ ...content, _meta: { _signet_bilateral: receipt } }, receipt) });
  };
  await answered(1, (result) => result);
  assert.deepEqual([bilateral.length, errors.splice(0)], [1, ["the handler broke"]]);
  await answered(2, (result) => ({ ...result, content: [] }));
  const other = signet.sign(AGENT.secretKey, { tool: "t" }, "bot");
  const stolen = signet.signBilateral(SERVER.secretKey, other, { content: [] }, "srv");
  await answered(3, () => ({ content: [], _meta: { _signet_bilateral: stolen } }));
  await answered(4, (result) => ({ ...result, _meta: { _signet_bilateral: { v: 3 } } }));
  assert.equal(bilateral.length, 1);
  assert.equal(errors.filter((one) => one !== "the handler broke").length, 3);
  assert.equal(delivered.length, 4);
  receive({ jsonrpc: "2.0", id: 99, result: {} });
  receive({ jsonrpc: "2.0", method: "notifications/x" });
  assert.equal(delivered.length, 6);
});

it("an answer that never comes is told, and keeps no process alive", async () => {
  const { transport, errors } = probe({ responseTimeout: 5 });
  await transport.send(call(1));
  await assert.rejects(transport.send(call(1)), /still open/);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.match(errors[0]!, /no answer within 5 ms/);
  await transport.send(call(1));
});
