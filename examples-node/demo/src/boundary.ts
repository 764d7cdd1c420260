// The execution boundary, shown: a tool that pays runs for the request that a trusted agent
// has signed, once; every other request is refused before the tool sees it.

import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { CallToolRequestSchema, CallToolResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { Receipt, generateKeypair, sign, verifyBilateral } from "@signet-auth/core";
import { SigningTransport } from "@signet-auth/mcp";
import { NonceCache, signResponse, verifyRequest } from "@signet-auth/mcp-server";

const TARGET = "mcp://bank";
const agent = generateKeypair();
const stranger = generateKeypair();
const bank = generateKeypair();

// The server: two lines stand in front of the tool.
let paid = 0;
const nonceCache = new NonceCache();
const server = new Server({ name: "bank", version: "1" }, { capabilities: { tools: {} } });
server.setRequestHandler(CallToolRequestSchema, (request) => {
  const verdict = verifyRequest(request, { trustedKeys: [agent.publicKey], expectedTarget: TARGET, nonceCache });
  if (!verdict.ok) return { isError: true, content: [{ type: "text", text: verdict.error! }] };
  paid += Number(request.params.arguments!["amount"]);
  const result = { content: [{ type: "text", text: `paid, ${paid} in all` }] };
  const receipt = signResponse(request, result, { serverKey: bank.secretKey, serverName: "bank" });
  return { ...result, _meta: { _signet_bilateral: receipt } };
});

// The client of the agent: every call that it makes is signed.
const [agentSide, bankSide] = InMemoryTransport.createLinkedPair();
await server.connect(bankSide);
let sent: unknown;
const transport = new SigningTransport(agentSide, agent.secretKey, "buyer", "acme", {
  target: TARGET,
  trustedServerKeys: [bank.publicKey],
  onDispatch: (receipt) => void (sent = receipt),
  onBilateral: (receipt) => {
    console.log(`  the bank has signed it: ${verifyBilateral(receipt, bank.publicKey)}, ${receipt.response.outcome?.status}`);
  },
});
const client = new Client({ name: "buyer", version: "1" });
await client.connect(transport);

console.log("signed by the agent");
const good = await client.callTool({ name: "pay", arguments: { amount: 10 } });
console.log(`  ${(good.content as { text: string }[])[0]!.text}`);

// Everybody else speaks to the server without the agent's transport.
const [left, right] = InMemoryTransport.createLinkedPair();
await server.close();
await server.connect(right);
const attacker = new Client({ name: "attacker", version: "1" });
await attacker.connect(left);

async function attempt(what: string, receipt: unknown, amount = 10): Promise<void> {
  const params = {
    name: "pay",
    arguments: { amount },
    ...(receipt ? { _meta: { _signet: receipt } } : {}),
  };
  const result = await attacker.request({ method: "tools/call", params }, CallToolResultSchema);
  const text = (result.content as { text: string }[])[0]!.text;
  // Keys and times differ from run to run.
  const said = text.replace(/ed25519:\S+=/, "(key)").replace(/\d+ s ago/, "(long) ago");
  console.log(`${what}\n  ${result.isError ? `refused: ${said}` : said}`);
}

const action = { tool: "pay", params: { amount: 10 }, target: TARGET };
await attempt("unsigned", undefined);
await attempt("tampered: another amount", sign(agent.secretKey, action, "buyer"), 1000);
const renamed = sign(agent.secretKey, action, "buyer");
renamed.signer.name = "boss";
await attempt("tampered: another signer's name", renamed);
await attempt("stale", Receipt.sign(agent.secretKey, action, "buyer", { at: Date.now() - 3_600_000 }));
await attempt("replayed", sent);
await attempt("mis-targeted", sign(agent.secretKey, { ...action, target: "mcp://other-bank" }, "buyer"));
await attempt("signed by a stranger", sign(stranger.secretKey, action, "buyer"));
console.log(`paid in all: ${paid}`);
await attacker.close();
