// What a call from Node costs, beside the same call from C, in one run that takes turns.
//
// usage: make bench-node
//
// The C side is benches/abi_probe.c, compiled against the same shared library. Times are
// the best of many turns: what a call costs when nothing else runs.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import koffi from "koffi";

import * as signet from "@signet-auth/core";
import { lib } from "@signet-auth/core/internal";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const LIBRARY = process.env.SIGNET_LIBRARY ?? join(ROOT, "target", "lib", "libsignet.so");
signet.loadLibrary(LIBRARY);

/** The C side, if there is a compiler. */
function probe() {
  const made = join(ROOT, "target", "node", "abi_probe.so");
  mkdirSync(join(ROOT, "target", "node"), { recursive: true });
  try {
    execFileSync(process.env.CC ?? "cc", [
      "-O2", "-shared", "-fPIC", "-I", join(ROOT, "include"), join(ROOT, "benches", "abi_probe.c"), LIBRARY, "-o", made,
    ]);
  } catch {
    console.log("no C compiler: times without their ratio to C");
    return undefined;
  }
  const file = koffi.load(made);
  file.func("probe_prepare", "void", ["void *", "void *", "size_t"])(SEED, ACTION, ACTION.length);
  const counted = (name) => file.func(name, "void", ["uint32_t"]);
  return { version: counted("probe_version"), sign: counted("probe_sign"), verify: counted("probe_verify") };
}

const SEED = Buffer.alloc(32, 7);
const ACTION = Buffer.from(JSON.stringify({
  tool: "delete_file", params: { path: "/srv/data/report-2026-11.csv", reason: "retention ".repeat(15), force: false }, target: "mcp://files",
}));
const c = probe();
const keypair = signet.Keypair.fromSecret(SEED);
const secret = SEED.toString("base64");
const action = JSON.parse(ACTION.toString());
const text = ACTION.toString();
const receipt = signet.sign(keypair, action, "deploy-bot", "ops");
const json = Buffer.from(JSON.stringify(receipt));
const jsonText = json.toString();
const key = keypair.publicKey;

// The calls as C makes them: prepared bytes in, a handle out, released.
const pointers = await import("@signet-auth/core/internal").then(({ pointerOf }) => ({ pair: pointerOf(keypair), key: pointerOf(key) }));
const name = Buffer.from("deploy-bot");
const owner = Buffer.from("ops");
const out = new BigUint64Array(1);
const error = new BigUint64Array(1);
const trusted = BigUint64Array.of(pointers.key);
const functions = lib();
const must = (status) => {
  if (status !== 0) throw new Error(`status ${status}`);
};
const bareSign = () => {
  must(functions.signet_receipt_sign(pointers.pair, ACTION, ACTION.length, name, name.length, owner, owner.length, 0n, out, error));
  functions.signet_receipt_free(out[0]);
};
const bareVerify = () => {
  must(functions.signet_receipt_parse(json, json.length, null, out, error));
  must(functions.signet_receipt_verify(out[0], trusted, 1, null, error));
  functions.signet_receipt_free(out[0]);
};

const home = mkdtempSync(join(tmpdir(), "signet-bench-"));
const log = signet.AuditLog.open(home, { durability: "none" });
const times = (run) => (count) => {
  for (let n = 0; n < count; n += 1) run();
};

const rows = [
  ["a call that does nothing, C", 20_000, c?.version],
  ["a call that does nothing", 20_000, times(() => functions.signet_abi_version()), "a call that does nothing, C"],
  ["sign, C", 200, c?.sign],
  ["sign: the call alone", 200, times(bareSign), "sign, C"],
  ["sign: Receipt.sign, JSON text in", 200, times(() => signet.Receipt.sign(keypair, text, "deploy-bot", { owner: "ops" }).close()), "sign, C"],
  ["sign: sign(), objects in and out", 200, times(() => signet.sign(keypair, action, "deploy-bot", "ops")), "sign, C"],
  ["sign: sign() with a secret as text", 200, times(() => signet.sign(secret, action, "deploy-bot", "ops")), "sign, C"],
  ["verify, C", 200, c?.verify],
  ["verify: the calls alone", 200, times(bareVerify), "verify, C"],
  ["verify: verify(), text in", 200, times(() => signet.verify(jsonText, key.prefixed)), "verify, C"],
  ["verify: verify(), object in", 200, times(() => signet.verify(receipt, key.prefixed)), "verify, C"],
  ["append, not durable", 200, times(() => log.append(jsonText))],
];

const best = new Map();
for (let turn = 0; turn < 41; turn += 1) {
  for (const [label, count, run] of rows) {
    if (!run) continue;
    const start = process.hrtime.bigint();
    run(count);
    const each = Number(process.hrtime.bigint() - start) / count;
    if (!(best.get(label) <= each)) best.set(label, each);
  }
}

console.log(`${"".padEnd(40)} ${"ns per call".padStart(12)} ${"to C".padStart(8)}`);
for (const [label, , run, base] of rows) {
  if (!run) continue;
  const ratio = base && best.has(base) ? (best.get(label) / best.get(base)).toFixed(3) : "";
  console.log(`${label.padEnd(40)} ${best.get(label).toFixed(0).padStart(12)} ${ratio.padStart(8)}`);
}
if (c) {
  // Too small to be seen as the difference of two times of a signature: the same call with
  // the same arguments, refused before it does anything.
  const refused = times(() => functions.signet_receipt_sign(0n, ACTION, ACTION.length, name, name.length, owner, owner.length, 0n, out, 0n));
  let least = Infinity;
  for (let turn = 0; turn < 41; turn += 1) {
    const start = process.hrtime.bigint();
    refused(2000);
    least = Math.min(least, Number(process.hrtime.bigint() - start) / 2000);
  }
  const share = (100 * least) / best.get("sign, C");
  console.log(`the boundary of one signature: ${least.toFixed(0)} ns, ${share.toFixed(2)} % of it (the target is 1 %)`);
}
log.close();
rmSync(home, { recursive: true, force: true });
