// Keys, receipts, delegation, policies, trust: what users of the package see.

import assert from "node:assert/strict";
import { it } from "node:test";

import * as signet from "@signet-auth/core";

import { seed } from "./setup.js";

const { secretKey, publicKey } = signet.generateKeypair();
const server = signet.generateKeypair();
const action = { tool: "Bash", params: { command: "ls" }, target: "mcp://shell" };

it("keys are ed25519 texts, with or without prefix when read", () => {
  assert.match(publicKey, /^ed25519:[A-Za-z0-9+/]{43}=$/);
  assert.equal(Buffer.from(secretKey, "base64").length, 32);
  const receipt = signet.sign(secretKey, action, "bot", "ops");
  assert.equal(signet.verify(receipt, publicKey), true);
  assert.equal(signet.verify(receipt, publicKey.slice("ed25519:".length)), true);
  using pair = signet.Keypair.fromSecret(secretKey);
  const both = Buffer.concat([Buffer.from(secretKey, "base64"), pair.publicKey.bytes]);
  assert.equal(signet.verify(signet.sign(both.toString("base64"), action, "bot"), publicKey), true);
});

it("a secret that is not quite base64 is refused, not read as another one", () => {
  for (const wrong of [secretKey.slice(0, -1), `${secretKey}\n`, secretKey.replace(/.$/, "*"), "", "zz"]) {
    assert.throws(() => signet.sign(wrong, action, "bot"), signet.KeyInvalidError);
  }
  assert.throws(() => signet.sign(7 as unknown as string, action, "bot"), TypeError);
});

it("a receipt is plain JSON with the published members", () => {
  const receipt = signet.sign(secretKey, action, "bot", "ops");
  assert.deepEqual(Object.keys(receipt).sort(), ["action", "id", "nonce", "sig", "signer", "ts", "v"]);
  assert.deepEqual(receipt.signer, { name: "bot", owner: "ops", pubkey: publicKey });
  assert.equal(receipt.action.transport, "stdio");
  assert.equal(signet.verifyAny(JSON.stringify(receipt), publicKey), true);
});

it("a changed receipt and another key are false, what is no receipt throws", () => {
  const receipt = signet.sign(secretKey, action, "bot");
  assert.equal(signet.verify({ ...receipt, ts: receipt.ts.replace(/^..../, "2001") }, publicKey), false);
  assert.equal(signet.verify({ ...receipt, action: { ...receipt.action, tool: "rm" } }, publicKey), false);
  assert.equal(signet.verify(receipt, server.publicKey), false);
  assert.throws(() => signet.verify({ v: 1 }, publicKey), signet.ReceiptInvalidError);
  assert.throws(() => signet.verify({ ...receipt, more: 1 }, publicKey), signet.UnknownMemberError);
  assert.throws(() => signet.verify("{", publicKey), signet.JsonSyntaxError);
  assert.throws(() => signet.verify(receipt, "ed25519:zz"), signet.KeyInvalidError);
});

it("an expired receipt throws, unless expiry does not matter", () => {
  const receipt = signet.signWithExpiration(secretKey, action, "bot", "", "2020-01-01T00:00:00Z");
  assert.throws(() => signet.verify(receipt, publicKey), signet.ExpiredError);
  assert.equal(signet.verifyAllowExpired(receipt, publicKey), true);
  const later = signet.signWithExpiration(secretKey, action, "bot", "", "2999-01-01T00:00:00Z");
  assert.equal(signet.verify(later, publicKey), true);
});

it("integers from 2^53 on keep every digit, as numbers and as BigInt", () => {
  for (const params of [{ id: 2 ** 53 }, { id: 2 ** 53 + 2 }, { id: 1e21 }, { id: Number.MAX_SAFE_INTEGER }]) {
    const receipt = signet.sign(secretKey, { tool: "t", params }, "bot");
    assert.equal(signet.verify(JSON.parse(JSON.stringify(receipt)), publicKey), true);
    using read = signet.Receipt.parse(receipt);
    assert.deepEqual(JSON.parse(read.params), params);
  }
  const exact = { id: 1234567890123456789n, list: [2n ** 64n, -1n], text: "ü" };
  const receipt = signet.sign(secretKey, { tool: "t", params: exact }, "bot");
  assert.equal(signet.verify(receipt, publicKey), true);
  using read = signet.Receipt.parse(receipt);
  assert.equal(read.params, '{"id":1234567890123456789,"list":[18446744073709551616,-1],"text":"ü"}');
  const again = signet.sign(secretKey, { tool: "t", params: new signet.RawJson(read.params) }, "bot");
  assert.equal(again.action.params_hash, receipt.action.params_hash);
});

it("what JSON cannot say is refused, not signed as something else", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;
  for (const params of [NaN, [Infinity], { deep: { n: -Infinity } }, cyclic]) {
    assert.throws(() => signet.sign(secretKey, { tool: "t", params }, "bot"), TypeError);
  }
  assert.throws(() => signet.sign(secretKey, { tool: "t", params: "\ud800" }, "bot"), signet.JsonLoneSurrogateError);
  assert.throws(() => signet.sign(secretKey, action, "half \udc00"), signet.SignetError);
  assert.throws(() => signet.sign(secretKey, { tool: "t", more: 1 } as never, "bot"), signet.UnknownMemberError);
});

it("values are written as JSON.stringify writes them", () => {
  const values: unknown[] = [
    { a: undefined, b: null, c: [undefined, () => 1, null], d: new Date(0), e: "null" },
    [new Number(1), new String("x"), new Boolean(false), { toJSON: () => ["j", null] }],
    "\u2028\0\"\\",
    { "": { nested: [[], {}] } },
  ];
  for (const value of values) {
    const text = JSON.stringify(value);
    assert.equal(signet.contentHash(value), signet.contentHash(JSON.parse(text)));
  }
  assert.throws(() => signet.contentHash(undefined), TypeError);
});

it("names may hold any character", () => {
  const name = "a\0b\u2028ü😀\ufffd";
  using receipt = signet.Receipt.sign(secretKey, action, name);
  assert.equal(receipt.text("signer_name"), name);
  assert.equal((receipt.toJSON() as signet.SignetReceipt).signer.name, name);
});

it("compound receipts hold call and response", () => {
  const times = ["2026-01-01T00:00:00.000Z", "2026-01-01T00:00:01.000Z"] as const;
  const receipt = signet.signCompound(secretKey, action, { ok: true }, "bot", "ops", ...times);
  assert.equal(receipt.v, 2);
  assert.equal(receipt.response.content_hash, signet.contentHash({ ok: true }));
  assert.equal(signet.verifyAny(receipt, publicKey), true);
  using read = signet.Receipt.parse(receipt);
  read.checkResponse({ ok: true });
  assert.throws(() => read.checkResponse({ ok: false }), signet.ContentHashMismatchError);
  assert.deepEqual([read.time, read.responseTime], times.map((one) => new Date(one)));
});

it("bilateral receipts are co-signed, and say what is known of the agent", () => {
  const agent = signet.sign(secretKey, { ...action, session: "s1", call_id: "n:1" }, "bot");
  const receipt = signet.signBilateral(server.secretKey, JSON.stringify(agent), { ok: true }, "srv");
  assert.equal(signet.verifyBilateral(receipt, server.publicKey), true);
  assert.equal(signet.verifyBilateral(JSON.stringify(receipt), publicKey), false);
  assert.equal(signet.verifyAny(receipt, server.publicKey), true);
  const options = { expectedSession: "s1", expectedCallId: "n:1", trustedAgentPublicKey: publicKey };
  assert.equal(signet.verifyBilateralWithOptions(receipt, server.publicKey, options), true);
  assert.equal(signet.verifyBilateralWithOptions(receipt, server.publicKey, { expectedSession: "s2" }), false);
  assert.equal(
    signet.verifyBilateralWithOptions(receipt, server.publicKey, { trustedAgentPublicKey: server.publicKey }),
    false,
  );
  const detailed = signet.verifyBilateralWithOptionsDetailed;
  assert.equal(detailed(receipt, server.publicKey), "agent_self_consistent");
  assert.equal(detailed(receipt, server.publicKey, options), "agent_trusted");
  assert.throws(() => signet.verifyBilateral(agent, publicKey), signet.ReceiptVersionError);
  assert.throws(() => signet.signBilateral(secretKey, agent, 1, "srv"), signet.SameSignerError);
});

it("an outcome and a time can be given, and a late server is told", () => {
  const agent = signet.sign(secretKey, action, "bot");
  const late = new Date(Date.parse(agent.ts) + 400_000).toISOString();
  const outcome = { status: "failed", error: "no disk" } as const;
  const receipt = signet.signBilateralWithOutcome(server.secretKey, agent, null, "srv", late, outcome);
  assert.deepEqual(receipt.response.outcome, outcome);
  assert.equal(receipt.ts_response, late);
  assert.throws(() => signet.verifyBilateral(receipt, server.publicKey), signet.TimeOutOfWindowError);
  assert.equal(
    signet.verifyBilateralWithOptions(receipt, server.publicKey, { maxTimeWindowSecs: 0 }),
    true,
  );
});

it("delegations narrow, and receipts rest on them", () => {
  const root = signet.generateKeypair();
  const scope = { tools: ["Bash"], targets: ["*"], max_depth: 0 };
  const token = signet.signDelegation(root.secretKey, "alice", publicKey, "bot", scope);
  assert.equal(signet.verifyDelegation(token), true);
  assert.equal(signet.verifyDelegation({ ...token, issued_at: "2020-01-01T00:00:00.000Z" }), false);
  const receipt = signet.signAuthorized(secretKey, action, "bot", [token]);
  assert.equal(receipt.v, 4);
  assert.deepEqual(signet.verifyAuthorized(receipt, [root.publicKey]).tools, ["Bash"]);
  assert.throws(() => signet.verifyAuthorized(receipt, [publicKey]), signet.ChainRootUntrustedError);
  assert.throws(() => signet.verifyAuthorized(signet.sign(secretKey, action, "b"), []), signet.ReceiptVersionError);
  assert.throws(() => signet.signAuthorized(secretKey, { tool: "rm" }, "bot", [token]), signet.ScopeViolationError);
  assert.throws(
    () => signet.signDelegation(secretKey, "bot", server.publicKey, "x", { ...scope, tools: ["*"] }, scope),
    signet.ScopeWidenedError,
  );
});

const POLICY = `version: 1
name: p
default_action: deny
rules:
  - id: few
    match: { tool: Read }
    action: allow
    rate_limit: { max_calls: 2, window_seconds: 60 }
`;

it("policies decide, attest, and count from call to call", () => {
  const policy = signet.parsePolicyYaml(POLICY);
  assert.equal(signet.evaluatePolicy({ tool: "Bash" }, "bot", policy).decision, "deny");
  const first = signet.signWithPolicy(secretKey, { tool: "Read" }, "bot", "ops", policy);
  assert.equal(first.eval.decision, "allow");
  assert.equal(first.receipt.policy?.policy_hash, signet.computePolicyHash(policy));
  assert.equal(signet.verify(first.receipt, publicKey), true);
  assert.equal(signet.evaluatePolicy({ tool: "Read" }, "bot", policy).decision, "allow");
  assert.notEqual(signet.evaluatePolicy({ tool: "Read" }, "bot", policy).decision, "allow");
  assert.throws(
    () => signet.signWithPolicy(secretKey, { tool: "Bash" }, "bot", "", policy),
    (error) => error instanceof signet.PolicyDeniedError && "decision" in error,
  );
});

it("a policy object that is changed decides as it now stands, and counts on", () => {
  const policy = signet.parsePolicyYaml(POLICY.replace("name: p", "name: changed"));
  for (let call = 0; call < 2; call += 1) signet.evaluatePolicy({ tool: "Read" }, "bot", policy);
  policy["default_action"] = "allow";
  assert.equal(signet.evaluatePolicy({ tool: "Bash" }, "bot", policy).decision, "allow");
  assert.notEqual(signet.evaluatePolicy({ tool: "Read" }, "bot", policy).decision, "allow");
});

it("a policy that is read anew for every call counts all the same", () => {
  const text = signet.CompiledPolicy.parse(POLICY.replace("name: p", "name: anew")).json;
  const decided = [1, 2, 3].map(() => signet.evaluatePolicy({ tool: "Read" }, "bot", JSON.parse(text)).decision);
  assert.deepEqual(decided.slice(0, 2), ["allow", "allow"]);
  assert.notEqual(decided[2], "allow");
});

it("trust bundles say which keys count, and when", () => {
  const bundle = signet.TrustBundle.parse({
    version: 1, bundle_id: "b", org: "o", env: "prod", generated_at: "2026-01-01T00:00:00Z",
    roots: [],
    agents: [{
      id: "a", name: "bot", owner: "ops", pubkey: publicKey, status: "active",
      created_at: "2026-01-01T00:00:00Z", revoked_at: "2026-02-01T00:00:00Z",
    }],
    servers: [],
  });
  assert.deepEqual([bundle.id, bundle.org, bundle.env], ["b", "o", "prod"]);
  assert.match(bundle.hash, /^sha256:/);
  bundle.check("agents", publicKey, new Date("2026-01-15T00:00:00Z"));
  assert.throws(() => bundle.check("agents", publicKey), signet.KeyRevokedError);
  assert.throws(() => bundle.check("servers", publicKey), signet.SignerUntrustedError);
  assert.throws(() => bundle.check("others" as "agents", publicKey), signet.InvalidArgumentError);
  assert.equal(bundle.list("agents")[0]?.status, "revoked");
  const receipt = signet.Receipt.sign(secretKey, action, "bot", { at: Date.parse("2026-01-15T00:00:00Z") });
  assert.equal(receipt.verify([], { bundle, at: new Date("2026-01-15T00:00:00Z") }).agent, publicKey);
  assert.throws(() => receipt.verify([], { bundle }), signet.KeyRevokedError);
});

it("a signer elsewhere signs, and what it throws comes with the failure", async () => {
  const real = signet.Keypair.fromSecret(seed(9));
  const signer = signet.Keypair.fromSigner(real.publicKey, (message) => real.sign(message));
  assert.equal(signet.verify(signet.sign(signer, action, "hsm"), real.publicText), true);
  const background = await signet.Receipt.signAsync(signer, action, "hsm");
  background.check([real.publicKey]);
  signer.close();
  const gone = new Error("the HSM is gone");
  const broken = signet.Keypair.fromSigner(real.publicKey, () => {
    throw gone;
  });
  assert.throws(
    () => signet.sign(broken, action, "hsm"),
    (error) => error instanceof signet.SignerFailedError && error.cause === gone,
  );
  await assert.rejects(signet.Receipt.signAsync(broken, action, "hsm"), signet.SignerFailedError);
  assert.throws(
    () => signet.sign(secretKey, { tool: "" + 1, nonsense: 1 } as never, "x"),
    (error) => error instanceof signet.UnknownMemberError && error.cause === undefined,
  );
  for (const wrong of [new Uint8Array(63), new Uint8Array(64)]) {
    const lying = signet.Keypair.fromSigner(real.publicKey, () => wrong);
    assert.throws(() => signet.sign(lying, action, "hsm"), signet.SignerFailedError);
  }
});

it("public keys have every spelling, and verify bare signatures", () => {
  const pair = signet.Keypair.fromSecret(seed(1));
  const key = pair.publicKey;
  assert.equal(signet.PublicKey.parse(key.did).prefixed, key.prefixed);
  assert.equal(signet.PublicKey.fromBytes(key.bytes).bare, key.bare);
  assert.equal(`${key}`, key.prefixed);
  const message = Buffer.from("text");
  const signature = pair.sign(message);
  assert.equal(key.verify(message, signature), true);
  assert.equal(key.verify(Buffer.from("other"), signature), false);
  assert.equal(key.verify(message, signature.subarray(1)), false);
  assert.throws(() => signet.PublicKey.fromBytes(new Uint8Array(31)), signet.InvalidArgumentError);
  assert.throws(() => signet.PublicKey.fromBytes(new Uint8Array(32)), signet.KeyWeakError);
});

it("closed objects, and objects of another kind, are refused and never dereferenced", () => {
  const pair = signet.Keypair.generate();
  const key = pair.publicKey;
  pair.close();
  pair.close();
  assert.equal(pair.closed, true);
  assert.throws(() => pair.publicKey, /the Keypair is closed/);
  assert.throws(() => signet.sign(pair, action, "x"), TypeError);
  assert.throws(() => signet.sign(key as never, action, "x"), TypeError);
  assert.throws(() => signet.sign({} as never, action, "x"), TypeError);
  const receipt = signet.Receipt.sign(secretKey, action, "x");
  assert.throws(() => receipt.verify([receipt as never]), TypeError);
  assert.throws(() => signet.verifyLog(receipt as never), TypeError);
  const getter = Object.getOwnPropertyDescriptor(signet.Keypair.prototype, "publicKey")!.get!;
  assert.throws(() => getter.call({}), TypeError);
  let closed = false;
  {
    using inner = signet.Keypair.generate();
    closed = inner.closed;
  }
  assert.equal(closed, false);
});
