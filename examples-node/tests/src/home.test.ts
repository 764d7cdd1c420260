// What is on disk: keystore, log, proofs, verification, bundles, encrypted params.

import assert from "node:assert/strict";
import { appendFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import * as signet from "@signet-auth/core";

import { QUICK, folder, seed } from "./setup.js";

const agent = signet.Keypair.fromSecret(seed(1));
const logKey = signet.Keypair.fromSecret(seed(2));
const receipt = (tool: string, params: unknown = {}): signet.SignetReceipt =>
  signet.sign(agent, { tool, params }, "bot", "ops");

it("a keystore makes, loads, lists and deletes identities", async () => {
  using store = signet.Keystore.open(folder(), QUICK);
  const made = store.create("bot", { owner: "ops", passphrase: "secret" });
  assert.equal(store.load("bot", "secret").publicText, made.publicText);
  assert.equal((await store.loadAsync("bot", "secret")).publicText, made.publicText);
  assert.throws(() => store.load("bot", "wrong"), signet.WrongPassphraseError);
  await assert.rejects(store.loadAsync("bot", "wrong"), signet.WrongPassphraseError);
  assert.throws(() => store.load("bot"), signet.PassphraseRequiredError);
  assert.throws(() => store.load("other", "secret"), signet.KeyNotFoundError);
  assert.throws(() => store.create("bot", { passphrase: "x" }), signet.KeyExistsError);
  assert.throws(() => store.create("../bot", { passphrase: "x" }), signet.KeyNameInvalidError);
  assert.throws(() => store.create("empty", { passphrase: "" }), signet.PassphraseRequiredError);
  assert.equal(store.publicKey("bot").prefixed, made.publicText);
  assert.ok(store.exportPublic("bot").includes(made.publicKey.bare));
  const listed = store.list();
  assert.deepEqual(
    listed.map(({ name, secret, owner }) => [name, secret, owner]),
    [["bot", "encrypted", "ops"]],
  );
  store.delete("bot");
  assert.deepEqual(store.list(), []);
});

it("a keystore imports, encrypts anew, and does not encrypt only when told to", async () => {
  using store = signet.Keystore.open(folder(), QUICK);
  const secret = Buffer.from(seed(1), "base64");
  assert.equal(store.import("old", secret, { passphrase: null }).publicText, agent.publicText);
  assert.equal(store.list()[0]?.secret, "unencrypted");
  store.changePassphrase("old", null, "one");
  await store.changePassphraseAsync("old", "one", "two");
  assert.throws(() => store.load("old", "one"), signet.WrongPassphraseError);
  assert.equal(store.load("old", "two").publicText, agent.publicText);
  const other = await store.createAsync("new", { passphrase: "x" });
  assert.equal(store.load("new", "x").publicText, other.publicText);
});

it("a log appends, reads, queries and closes", async () => {
  const home = folder();
  const log = signet.AuditLog.open(home);
  const first = log.append(receipt("Read", { n: 1n }));
  assert.deepEqual([first.index, first.durable], [0, true]);
  const texts = [receipt("Bash"), JSON.stringify(receipt("Read")), signet.Receipt.sign(agent, { tool: "Write" }, "bot")];
  assert.deepEqual(log.appendMany(texts).map((entry) => entry.index), [1, 2, 3]);
  assert.deepEqual(log.appendMany([]), []);
  const background = await Promise.all(Array.from({ length: 20 }, () => log.appendAsync(receipt("Many"))));
  assert.deepEqual(background.map((entry) => entry.index).sort((a, b) => a - b), Array.from({ length: 20 }, (_, i) => i + 4));
  assert.equal(log.length, 24);
  assert.equal(log.sync(), 24);
  const record = log.read(0);
  assert.equal(record.recordHash, first.recordHash);
  assert.equal(signet.recordHash(record.line), first.recordHash);
  assert.equal(record.receipt["id"], (JSON.parse(record.receiptJson) as { id: string }).id);
  assert.deepEqual(log.query({ tool: "Read" }).map((one) => one.index), [0, 2]);
  assert.deepEqual(log.query({ limit: 2, newestFirst: true }).map((one) => one.index), [23, 22]);
  assert.deepEqual([...log].map((one) => one.index), Array.from({ length: 24 }, (_, i) => i));
  const seen: number[] = [];
  log.visit((one) => {
    seen.push(one.index);
    return one.index < 12;
  }, 10);
  assert.deepEqual(seen, [10, 11, 12]);
  assert.throws(() => log.visit(() => { throw new RangeError("mine"); }), /mine/);
  assert.throws(() => log.read(99), signet.RecordNotFoundError);
  assert.throws(() => log.read(-1), signet.InvalidArgumentError);
  assert.throws(() => log.query({ nonsense: 1 } as never), signet.UnknownMemberError);
  assert.throws(() => log.append("{}"), signet.SignetError);
  assert.throws(() => signet.AuditLog.open(home, { durability: "soon" as never }), signet.InvalidArgumentError);
  assert.equal(log.recovery().verdict, "OK");
  log.close();
  assert.throws(() => log.append(receipt("x")), /closed/);
  using again = signet.AuditLog.open(home);
  assert.equal(again.length, 24);
});

it("a record that is read more than one batch at a time comes once", () => {
  using log = signet.AuditLog.open(folder(), { durability: "none" });
  const text = JSON.stringify(receipt("x"));
  log.appendMany(Array.from({ length: 600 }, () => text));
  assert.deepEqual([...log].map((one) => one.index), Array.from({ length: 600 }, (_, i) => i));
});

it("a log may be closed from inside its own callback", () => {
  const log = signet.AuditLog.open(folder());
  for (let n = 0; n < 3; n += 1) log.append(receipt("x"));
  let seen = 0;
  try {
    log.visit(() => {
      seen += 1;
      log.close();
    });
  } catch (error) {
    // Where it has to read on, it cannot.
    assert.ok(error instanceof signet.LogClosedError);
  }
  assert.ok(log.closed);
  assert.ok(seen >= 1);
});

it("checkpoints, inclusion and consistency are proved and verified offline", async () => {
  using log = signet.AuditLog.open(folder(), { logKey, origin: "example.org/log" });
  for (let n = 0; n < 5; n += 1) log.append(receipt("x", { n }));
  const vkey = log.verifierKey();
  const old = log.checkpoint();
  assert.match(old, /^example\.org\/log\n5\n/);
  for (let n = 0; n < 4; n += 1) log.append(receipt("y", { n }));
  const note = await log.checkpointAsync();
  const proof = log.prove(7);
  const hash = log.read(7).recordHash;
  assert.deepEqual(signet.verifyProof(proof, hash, vkey), { index: 7, size: 9 });
  assert.throws(() => signet.verifyProof(proof, log.read(6).recordHash, vkey), signet.ProofInvalidError);
  assert.throws(() => signet.verifyProof(proof, "sha256:00", vkey), signet.InvalidArgumentError);
  const consistency = log.proveConsistency(5);
  signet.verifyConsistency(old, note, consistency, vkey);
  assert.throws(() => signet.verifyConsistency(note, old, consistency, vkey), signet.SignetError);
  assert.equal(signet.verifyLog(log, { checkpoint: old, vkey }).ok, true);
  using other = signet.AuditLog.open(folder());
  assert.throws(() => other.checkpoint(), signet.InvalidArgumentError);
});

it("verification tells what is wrong, and how far it is", async () => {
  const home = folder();
  const audit = join(home, "audit");
  {
    using log = signet.AuditLog.open(home);
    log.appendMany(Array.from({ length: 300 }, (_, n) => receipt("x", { n })));
    const options = { signatures: true, trusted: [agent.publicText], threads: 2 };
    const report = signet.verifyLog(log, options);
    assert.deepEqual([report.ok, report.records, report.signaturesValid], [true, 300, 300]);
    assert.deepEqual(await signet.verifyLogAsync(log, options), report);
    assert.equal(signet.verifyLog(log, { signatures: true, trusted: [logKey.publicText] }).signaturesFailed, 300);
    assert.equal(signet.verifyLog(log, { signatures: true, anySigner: true }).ok, true);
    assert.equal(signet.verifyLog(log, { first: 10, limit: 5 }).records, 5);
  }
  const [name] = readdirSync(audit).filter((one) => one.endsWith(".jsonl"));
  const file = join(audit, name!);
  const lines = readFileSync(file, "utf8").split("\n");
  lines[41] = lines[41]!.replace('"n":41', '"n":42');
  writeFileSync(file, lines.join("\n"));
  appendFileSync(file, '{"torn');
  const findings: signet.Finding[] = [];
  let told = 0;
  const report = await signet.verifyLogAsync(audit, {
    onFinding: (finding) => void findings.push(finding),
    onProgress: (records) => void (told = records),
  });
  assert.deepEqual([report.ok, report.verdict, report.firstBad], [false, "SIGNET_ERR_LOG_TAMPERED", 41]);
  assert.ok(report.error instanceof signet.LogTamperedError);
  assert.ok(told > 0);
  const [finding] = findings;
  assert.deepEqual([finding?.kind, finding?.index, finding?.line, finding?.file], ["hash_mismatch", 41, 42, name]);
  assert.match(finding?.expectedHash ?? "", /^sha256:[0-9a-f]{64}$/);
  assert.notEqual(finding?.expectedHash, finding?.actualHash);
  assert.ok(findings.some((one) => one.kind === "torn"));
  assert.equal(signet.planRepair(audit)["verdict"], "TORN");
  assert.throws(() => signet.verifyLog(audit, { onFinding: () => false }), signet.StoppedError);
  assert.throws(() => signet.verifyLog(audit, { onFinding: () => { throw new RangeError("mine"); } }), /mine/);
  await assert.rejects(signet.verifyLogAsync(audit, { onProgress: () => { throw new RangeError("mine"); } }), /mine/);
  assert.throws(() => signet.verifyLog("/nowhere/at/all"), signet.SignetError);
});

it("params are encrypted in the log, and opened by who has the key", () => {
  const home = folder();
  const key = signet.ParamsKey.derive(agent);
  const lent = signet.ParamsKey.fromBytes(agent.publicText, key.export());
  using log = signet.AuditLog.open(home);
  const original = signet.Receipt.sign(agent, { tool: "Bash", params: { pin: 1234 } }, "bot");
  const sealed = key.seal(original.json);
  assert.ok(!sealed.includes("1234"));
  log.append(sealed);
  assert.equal(lent.open(log.read(0).receiptJson), original.json);
  const options = { signatures: true, trusted: [agent.publicText] };
  assert.equal(signet.verifyLog(log, options).verdict, "SIGNET_ERR_LOG_UNVERIFIABLE");
  assert.equal(signet.verifyLog(log, { ...options, paramsKeys: [lent] }).ok, true);
  assert.throws(() => signet.ParamsKey.derive(logKey).open(sealed), signet.KeyMismatchError);
  assert.throws(() => signet.ParamsKey.fromBytes(agent.publicText, new Uint8Array(3)), signet.InvalidArgumentError);
});

it("records leave as an evidence bundle, and are judged without the log", () => {
  const home = folder();
  using log = signet.AuditLog.open(home);
  log.append(receipt("Read"));
  log.append(receipt("Bash"));
  const bundle = join(home, "bundle");
  const manifest = signet.writeBundle(log, { tool: "Bash" }, bundle, logKey, "auditor", { host: "h" });
  assert.equal(typeof manifest, "object");
  const trust = signet.TrustBundle.parse({
    version: 1, bundle_id: "b", org: "o", env: "dev", generated_at: "2026-01-01T00:00:00Z", roots: [], servers: [],
    agents: [{ id: "a", name: "bot", owner: "ops", pubkey: agent.publicText, status: "active", created_at: "2020-01-01T00:00:00Z" }],
  });
  const report = signet.verifyBundle(bundle, [logKey.publicText], { bundle: trust });
  assert.equal(report.error, undefined);
  assert.deepEqual([report.ok, report.details["records"]], [true, 1]);
  const unknown = signet.verifyBundle(bundle, []);
  assert.ok(unknown.error instanceof signet.BundleUnverifiableError);
  appendFileSync(join(bundle, "records.jsonl"), " ");
  assert.ok(signet.verifyBundle(bundle, [logKey.publicText]).error instanceof signet.BundleTamperedError);
  assert.throws(() => signet.verifyBundle(join(home, "none"), []), signet.SignetError);
});

it("keys may count up to a record only, and checkpoints may be overdue", () => {
  using log = signet.AuditLog.open(folder(), { logKey });
  for (let n = 0; n < 4; n += 1) log.append(receipt("x", { n }));
  const options = { signatures: true, trusted: [agent.publicText] };
  const cut = signet.verifyLog(log, { ...options, cutoffs: [{ key: agent.publicText, fromIndex: 2 }] });
  assert.deepEqual([cut.ok, cut.firstBad, cut.signaturesValid], [false, 2, 2]);
  assert.equal(signet.verifyLog(log, { ...options, batch: true }).ok, true);
  const later = new Date(Date.now() + 3_600_000);
  log.checkpoint();
  log.append(receipt("late"));
  const stale = signet.verifyLog(log, { maxCheckpointAgeMs: 60_000, at: later });
  assert.equal(stale.verdict, "SIGNET_ERR_LOG_STALE");
  assert.equal(signet.verifyLog(log, { maxCheckpointAgeMs: 60_000, at: "last_record" }).ok, true);
});

it("a co-signed record needs a server, a delegated one a root", () => {
  using log = signet.AuditLog.open(folder());
  const root = signet.Keypair.fromSecret(seed(5));
  const chain = [signet.signDelegation(root, "root", agent.publicText, "bot", { tools: ["*"], targets: ["*"], max_depth: 0 })];
  log.append(signet.signAuthorized(agent, { tool: "t" }, "bot", chain));
  log.append(signet.signBilateral(logKey, receipt("t"), {}, "srv"));
  const options = { signatures: true, trusted: [agent.publicText] };
  assert.equal(signet.verifyLog(log, options).ok, false);
  const report = signet.verifyLog(log, { ...options, servers: [logKey.publicText], roots: [root.publicText] });
  assert.deepEqual([report.ok, report.signaturesValid], [true, 2]);
});

it("old segments are removed with a signed record of it", () => {
  const home = folder();
  using log = signet.AuditLog.open(home, { controlKey: logKey, alone: true });
  log.append(receipt("x"));
  assert.equal(typeof log.rotate(), "boolean");
  using plan = log.planPrune(new Date(0));
  assert.equal(plan.length, 0);
  assert.equal(typeof plan.toJSON(), "object");
  assert.throws(() => log.prune(plan), signet.InvalidArgumentError);
});
