// The execution boundary of a server: what runs, what is refused, and what is signed.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import * as signet from "@signet-auth/core";
import { FileNonceCache, NonceCache, signResponse, verifyRequest } from "@signet-auth/mcp-server";
import type { McpRequest, VerifyRequestOptions } from "@signet-auth/mcp-server";

import { LIBRARY, ROOT, folder, seed } from "./setup.js";

const agent = signet.Keypair.fromSecret(seed(1));
const stranger = signet.Keypair.fromSecret(seed(9));
const TARGET = "mcp://files";
const trusted: VerifyRequestOptions = { trustedKeys: [agent.publicText], expectedTarget: TARGET };

interface Changes {
  at?: Date;
  target?: string;
  by?: signet.Keypair;
  args?: Record<string, unknown>;
}

/** A request as the SDK hands it to a handler, with its receipt. */
function request({ at, target = TARGET, by = agent, args = { path: "/tmp/x" } }: Changes = {}): McpRequest & {
  params: Record<string, any>;
} {
  const receipt = signet.Receipt.sign(by, { tool: "read", params: args, target }, "bot", at ? { at } : {});
  return { method: "tools/call", params: { name: "read", arguments: args, _meta: { _signet: receipt.toJSON() } } };
}

const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1000);

it("a good request passes once", () => {
  const good = request();
  assert.deepEqual(verifyRequest(good, trusted), {
    ok: true,
    signerName: "bot",
    signerPubkey: agent.publicText,
    hasReceipt: true,
    trusted: true,
  });
  const again = verifyRequest(structuredClone(good), trusted);
  assert.equal(again.ok, false);
  assert.match(again.error!, /presented|replay|used/);
});

it("what is unsigned, changed, stale, early, for another target or tool is refused", () => {
  const bad: [string, McpRequest][] = [
    ["unsigned", { method: "tools/call", params: { name: "read", arguments: {} } }],
    ["null", { method: "tools/call", params: { name: "read", arguments: {}, _meta: { _signet: null } } }],
    ["stale", request({ at: ago(400) })],
    ["early", request({ at: ago(-100) })],
    ["mis-targeted", request({ target: "mcp://other" })],
    ["no method of ours", { ...request(), method: "tools/list" }],
    ["no params", { method: "tools/call" }],
    ["params of another kind", { method: "tools/call", params: [1] }],
  ];
  const change = (what: string, edit: (params: Record<string, any>) => void): void => {
    const one = request();
    edit(one.params);
    bad.push([what, one]);
  };
  change("other arguments", (params) => (params["arguments"] = { path: "/etc/shadow" }));
  change("more arguments", (params) => (params["arguments"].more = 1));
  change("no arguments", (params) => delete params["arguments"]);
  change("another tool", (params) => (params["name"] = "write"));
  change("no tool", (params) => delete params["name"]);
  change("a changed receipt", (params) => (params["_meta"]._signet.nonce = `rnd_${"0".repeat(32)}`));
  change("a receipt of another shape", (params) => (params["_meta"]._signet = { v: 1 }));
  change("a receipt in a list", (params) => (params["_meta"]._signet = [params["_meta"]._signet]));
  change("a receipt as text", (params) => (params["_meta"]._signet = JSON.stringify(params["_meta"]._signet)));
  change("a BigInt", (params) => (params["arguments"].path = 1n));
  for (const [what, one] of bad) {
    const result = verifyRequest(one, trusted);
    assert.equal(result.ok, false, what);
    assert.ok(result.error, what);
    assert.throws(() => signResponse(one, {}, { serverKey: seed(2), serverName: "srv" }), /has not let/, what);
  }
});

it("the order of members does not matter, exact values do", () => {
  const one = request({ args: { b: 1, a: { d: 2 ** 53, c: 0.1 } } });
  one.params["arguments"] = { a: { c: 0.1, d: 2 ** 53 }, b: 1.0 };
  assert.equal(verifyRequest(one, trusted).ok, true);
  const other = request({ args: { n: 9007199254740993n } });
  other.params["arguments"] = { n: 9007199254740992 };
  assert.equal(verifyRequest(other, trusted).ok, false);
});

it("an attacker's own key does not pass, with trusted keys or without any (e16)", () => {
  assert.equal(verifyRequest(request({ by: stranger }), trusted).ok, false);
  for (const options of [{}, { trustedKeys: [] }]) {
    const result = verifyRequest(request({ by: stranger }), options);
    assert.deepEqual([result.ok, result.trusted, result.hasReceipt], [false, false, true]);
  }
});

it("a stranger passes only where that is said, and is not taken for trusted", () => {
  const one = request({ by: stranger });
  const result = verifyRequest(one, { requireTrustedSigner: false });
  assert.deepEqual([result.ok, result.trusted, result.signerPubkey], [true, false, stranger.publicText]);
  const server = { serverKey: seed(2), serverName: "srv" };
  assert.throws(() => signResponse(one, {}, server), /not trusted/);
  assert.equal(signResponse(one, {}, { ...server, allowUntrustedRequest: true }).agent_receipt.id, one.params["_meta"]._signet.id);
});

it("requests of strangers do not push nonces out of the memory (e17)", () => {
  const nonceCache = new NonceCache(300_000, 100);
  const options = { ...trusted, nonceCache };
  const good = request();
  assert.equal(verifyRequest(good, options).ok, true);
  for (let n = 0; n < 200; n += 1) verifyRequest(request({ by: stranger }), options);
  assert.equal(nonceCache.size, 1);
  assert.equal(verifyRequest(structuredClone(good), options).ok, false);
});

it("a memory without room refuses, and forgets nothing", () => {
  const nonceCache = new NonceCache(300_000, 3);
  const options = { ...trusted, nonceCache };
  const all = Array.from({ length: 4 }, () => request());
  assert.deepEqual(all.map((one) => verifyRequest(one, options).ok), [true, true, true, false]);
  assert.deepEqual(all.map((one) => verifyRequest(structuredClone(one), options).ok), [false, false, false, false]);
});

it("unsigned requests pass only where that is said, and are not trusted", () => {
  const plain = { method: "tools/call", params: { name: "read", arguments: {} } };
  const result = verifyRequest(plain, { ...trusted, requireSignature: false });
  assert.deepEqual(result, { ok: true, hasReceipt: false, trusted: false });
  assert.throws(() => signResponse(plain, {}, { serverKey: seed(2), serverName: "srv" }), /no receipt/);
  assert.equal(verifyRequest(request({ by: stranger }), { ...trusted, requireSignature: false }).ok, false);
});

it("keys may be trusted by a bundle, each within its time", () => {
  const bundle = (more: object): object => ({
    version: 1, bundle_id: "b", org: "o", env: "dev", generated_at: "2026-01-01T00:00:00Z", roots: [], servers: [],
    agents: [{ id: "a", name: "bot", owner: "ops", pubkey: agent.publicText, status: "active", created_at: "2020-01-01T00:00:00Z", ...more }],
  });
  assert.equal(verifyRequest(request(), { trustBundle: bundle({}) }).ok, true);
  assert.equal(verifyRequest(request(), { trustBundle: JSON.stringify(bundle({})) }).ok, true);
  assert.equal(verifyRequest(request(), { trustBundle: signet.TrustBundle.parse(bundle({})) }).ok, true);
  const revoked = bundle({ status: "revoked", revoked_at: "2021-01-01T00:00:00Z" });
  assert.equal(verifyRequest(request(), { trustBundle: revoked }).ok, false);
  assert.throws(() => verifyRequest(request(), { trustBundle: { version: 1 } }), signet.TrustBundleInvalidError);
  assert.throws(() => verifyRequest(request(), { trustedKeys: ["nonsense"] }), signet.KeyInvalidError);
});

it("how old and how early a request may be can be said", () => {
  assert.equal(verifyRequest(request({ at: ago(400) }), { ...trusted, maxAge: 500 }).ok, true);
  assert.equal(verifyRequest(request({ at: ago(5) }), { ...trusted, maxAge: 2 }).ok, false);
  assert.equal(verifyRequest(request({ at: ago(-100) }), { ...trusted, clockSkewTolerance: 200 }).ok, true);
  assert.throws(() => verifyRequest(request(), { ...trusted, maxAge: -1 }), signet.SignetError);
});

it("a receipt that rests on a delegation is judged by its chain", () => {
  const chain = [signet.signDelegation(stranger, "root", agent.publicText, "bot", { tools: ["read"], targets: ["*"], max_depth: 0 })];
  const receipt = signet.signAuthorized(agent, { tool: "read", params: {}, target: TARGET }, "bot", chain);
  const one = { method: "tools/call", params: { name: "read", arguments: {}, _meta: { _signet: receipt } } };
  assert.equal(verifyRequest(one, trusted).ok, false, "its root is not trusted");
});

it("a nonce cache answers true once", () => {
  const cache = new NonceCache();
  assert.deepEqual([cache.check(agent.publicText, "n1"), cache.check(agent.publicText, "n1")], [true, false]);
  assert.equal(cache.check(stranger.publicText, "n1"), true);
  assert.equal(cache.size, 2);
});

it("a nonce checker of the server's own is asked, and refuses when it throws", () => {
  const asked: string[] = [];
  const seen = new Set<string>();
  const nonceCache = {
    check(signer: string, nonce: string): boolean {
      asked.push(signer);
      if (seen.has(nonce)) return false;
      seen.add(nonce);
      return true;
    },
  };
  const good = request();
  assert.equal(verifyRequest(good, { ...trusted, nonceCache }).ok, true);
  assert.equal(verifyRequest(structuredClone(good), { ...trusted, nonceCache }).ok, false);
  verifyRequest(request({ by: stranger }), { ...trusted, nonceCache });
  assert.deepEqual(asked, [agent.publicText, agent.publicText]);
  const broken = { check: (): boolean => { throw new Error("the database is gone"); } };
  assert.equal(verifyRequest(request(), { ...trusted, nonceCache: broken }).ok, false);
});

it("a file remembers across processes that start anew", () => {
  const path = join(folder(), "nonces.json");
  const good = request();
  assert.equal(verifyRequest(good, { ...trusted, nonceCache: new FileNonceCache(path) }).ok, true);
  const again = verifyRequest(structuredClone(good), { ...trusted, nonceCache: new FileNonceCache(path) });
  assert.equal(again.ok, false);
  assert.equal(new FileNonceCache(path).check(agent.publicText, "fresh"), true);
  assert.equal(new FileNonceCache(path).check(agent.publicText, "fresh"), false);
});

it("a nonce file that is damaged, or cannot be written, refuses (r4)", () => {
  const home = folder();
  const corrupt = join(home, "corrupt.json");
  writeFileSync(corrupt, "{ not json");
  assert.throws(() => new FileNonceCache(corrupt).check(agent.publicText, "n"), signet.ReplayStoreFailedError);
  assert.throws(() => new FileNonceCache(join(home, "none", "nonces.json")), signet.SignetError);
  const path = join(home, "nonces.json");
  const cache = new FileNonceCache(path);
  assert.equal(cache.check(agent.publicText, "n"), true);
  writeFileSync(`${path}.journal`, "damaged\n");
  const result = verifyRequest(request(), { ...trusted, nonceCache: cache });
  assert.equal(result.ok, false);
});

it("of processes that use one file, each nonce passes in one (r5)", async () => {
  const path = join(folder(), "nonces.json");
  const code = `
    import { FileNonceCache } from "@signet-auth/mcp-server";
    const cache = new FileNonceCache(${JSON.stringify(path)});
    let accepted = 0;
    for (let n = 0; n < 100; n += 1) if (cache.check(${JSON.stringify(agent.publicText)}, "nonce-" + n)) accepted += 1;
    console.log(accepted);`;
  const run = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", code], {
        cwd: join(ROOT, "examples-node", "tests"),
        env: { ...process.env, SIGNET_LIBRARY: LIBRARY },
      });
      let text = "";
      child.stdout.on("data", (data: Buffer) => (text += data.toString()));
      child.stderr.pipe(process.stderr);
      child.once("exit", (status) => (status === 0 ? resolve(Number(text)) : reject(new Error(`ended with ${status}`))));
    });
  const accepted = await Promise.all([run(), run(), run(), run()]);
  assert.equal(accepted.reduce((sum, one) => sum + one, 0), 100);
});

const SERVER = { serverKey: seed(2), serverName: "srv" };
const serverKey = signet.Keypair.fromSecret(seed(2)).publicText;

it("a response is signed for the request that passed, and says what became of it", () => {
  const one = request();
  verifyRequest(one, trusted);
  const executed = signResponse(one, { content: [{ type: "text", text: "ok" }] }, SERVER);
  assert.deepEqual(executed.response.outcome, { status: "executed" });
  assert.equal(executed.response.content_hash, signet.contentHash({ content: [{ type: "text", text: "ok" }] }));
  assert.equal(signet.verifyBilateral(executed, serverKey), true);
  assert.equal(executed.agent_receipt.id, one.params["_meta"]._signet.id);
  const failed = signResponse(one, { isError: true, content: [{ type: "text", text: "no" }] }, SERVER);
  assert.deepEqual(failed.response.outcome, { status: "failed", error: "no" });
  const outcome = { status: "rejected", reason: "policy" } as const;
  assert.deepEqual(signResponse(one, {}, { ...SERVER, outcome }).response.outcome, outcome);
});

it("a response is not signed for a request that was not verified, or was changed since", () => {
  const good = request();
  assert.throws(() => signResponse(good, {}, SERVER), /has not let/);
  verifyRequest(good, trusted);
  assert.throws(() => signResponse(structuredClone(good), {}, SERVER), /has not let/);
  good.params["arguments"].path = "/etc/shadow";
  assert.throws(() => signResponse(good, {}, SERVER), /changed/);
  const carrying = request();
  verifyRequest(carrying, trusted);
  assert.throws(() => signResponse(carrying, { _meta: { _signet_bilateral: {} } }, SERVER), signet.AlreadySignedError);
});

it("a verifier reports every axis", () => {
  using verifier = new signet.Verifier({ trustedKeys: [agent.publicText], targets: [TARGET], replay: signet.ReplayStore.memory() });
  const { _meta, ...rest } = request().params;
  const call = { tool: "read", arguments: rest["arguments"], receipt: (_meta as any)._signet };
  const good = verifier.checkCall(call);
  assert.deepEqual([good.ok, good.trusted, good.code, good.message], [true, true, "ok", ""]);
  assert.deepEqual(good.signer, { key: agent.publicText, name: "bot", trusted: true });
  assert.equal(good.checks.find((one) => one.axis === "replay")?.status, "pass");
  const again = verifier.checkCall(call);
  assert.ok(again.error instanceof signet.ReplayedError);
  assert.equal(again.checks.find((one) => one.axis === "replay")?.status, "fail");
  assert.equal(verifier.checkEvidence(call.receipt, { at: new Date() }).ok, true);
  assert.equal(verifier.checkReceipt(call.receipt, { target: "mcp://other" }).code, "target_mismatch");
  assert.throws(() => new signet.Verifier({ maxAgeSeconds: -1 }), signet.SignetError);
  assert.throws(() => new signet.Verifier({ replay: "sometimes" as never }), signet.InvalidArgumentError);
});

it("messages off the wire are signed, verified and co-signed byte for byte", () => {
  const wire = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"read","arguments":{"id":12345678901234567890}}}';
  const { message, calls } = signet.signMessage(agent, wire, "bot", { target: TARGET });
  assert.ok(message.includes('"arguments":{"id":12345678901234567890}'));
  const [call] = calls;
  assert.equal(call!.id, "7");
  using verifier = new signet.Verifier({ trustedKeys: [agent.publicKey], trustedServers: [serverKey], targets: [TARGET] });
  const judged = signet.verifyMessage(verifier, message);
  assert.equal(judged.report.ok, true);
  assert.equal(signet.verifyMessage(verifier, message).report.code, "replayed");
  const answer = '{"jsonrpc":"2.0","id":7,"result":{"big":98765432109876543210}}';
  const signed = signet.signResponseMessage(seed(2), judged.call!, answer, "srv");
  assert.equal(signed.embedded, true);
  assert.ok(signed.text.includes('"big":98765432109876543210'));
  const back = signet.verifyResponseMessage(verifier, call!, signed.text);
  assert.deepEqual([back.report.ok, back.text], [true, answer]);
  assert.throws(() => signet.verifyResponseMessage(verifier, call!, answer), signet.UnsignedError);
  assert.throws(() => signet.signMessage(agent, message, "bot"), signet.AlreadySignedError);
});

it("a gate forwards what it may, answers what it refuses, and keeps the evidence first", () => {
  const home = folder();
  const policy = signet.CompiledPolicy.parse({ version: 1, name: "p", default_action: "deny", rules: [{ id: "r", match: { tool: "read" }, action: "allow" }] });
  using gate = new signet.Gate({ keypair: agent, policy, name: "proxy", target: TARGET });
  const wire = (tool: string): string => JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: tool, arguments: {} } });
  const kept: signet.GateEvidence[] = [];
  const good = gate.judge(wire("read"), (evidence) => void kept.push(...evidence));
  assert.equal(good.ruling, "forward");
  assert.equal(signet.verifyAny(JSON.stringify(JSON.parse(good.forward!).params._meta._signet), agent.publicText), true);
  assert.deepEqual(kept.map((one) => one.kind), ["receipt"]);
  const bad = gate.judge(`[${wire("read")},${wire("rm")}]`, (evidence) => void kept.push(...evidence));
  assert.deepEqual(bad.messages.map((one) => one.ruling), ["forward", "refuse"]);
  assert.equal(bad.messages[1]?.code, "SIGNET_ERR_POLICY_DENIED");
  assert.ok(bad.answer?.includes('"error"'));
  assert.ok(kept.some((one) => one.kind === "violation"));
  using log = signet.AuditLog.open(home);
  assert.equal(gate.judge(wire("read"), log).ruling, "forward");
  assert.equal(log.length, 1);
  const full = gate.judge(wire("read"), () => { throw new Error("the disk is full"); });
  assert.deepEqual([full.ruling, full.forward], ["refuse", undefined]);
  assert.ok(full.storageFailure);
  assert.equal(gate.judge("[{", null).ruling, "refuse");
});
