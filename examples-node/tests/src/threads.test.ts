// Memory that is given back, and worker threads whose errors stay with their calls.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { Worker } from "node:worker_threads";

import { LIBRARY, ROOT } from "./setup.js";

const HERE = join(ROOT, "examples-node", "tests");
const times = Number(process.env["SIGNET_TORTURE"] ?? "1");

/** What a program of its own prints, which ran with the garbage collector at hand. */
function program(code: string): string {
  const text = `
    import * as signet from "@signet-auth/core";
    import { setTimeout as sleep } from "node:timers/promises";
    import { readFileSync } from "node:fs";
    const resident = () => Number(/VmRSS:\\s+(\\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]);
    ${code}`;
  return execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", text], {
    cwd: HERE,
    encoding: "utf8",
    env: { ...process.env, SIGNET_LIBRARY: LIBRARY },
    maxBuffer: 1 << 24,
  }).trim();
}

/** Kilobytes that the process grows by, from a tenth of the rounds on. */
function growth(setup: string, round: string, rounds: number): number {
  return Number(program(`
    ${setup}
    const some = async (count) => {
      for (let n = 0; n < count; n += 1) {
        ${round}
        if (n % 5000 === 4999) { await sleep(0); gc(); await sleep(0); }
      }
      for (let n = 0; n < 5; n += 1) { gc(); await sleep(5); }
    };
    await some(${rounds} / 10);
    const before = resident();
    await some(${rounds});
    console.log(resident() - before);
  `));
}

const hasProc = ((): boolean => {
  try {
    return readFileSync("/proc/self/status", "utf8").includes("VmRSS");
  } catch {
    return false;
  }
})();

// 100 000 objects that stayed would be 20 MB and more.
const FEW = 8 * 1024;

it("100 000 objects that are closed leave nothing behind", { skip: !hasProc }, () => {
  const setup = `const text = JSON.stringify(signet.sign(signet.generateKeypair().secretKey, { tool: "t", params: { path: "/tmp/x".repeat(20) } }, "bot"));`;
  assert.ok(growth(setup, "signet.Receipt.parse(text).close();", 100_000 * times) < FEW);
});

it("100 000 objects that are forgotten are released", { skip: !hasProc }, () => {
  const setup = `const text = JSON.stringify(signet.sign(signet.generateKeypair().secretKey, { tool: "t", params: { path: "/tmp/x".repeat(20) } }, "bot"));`;
  assert.ok(growth(setup, "signet.Receipt.parse(text);", 100_000 * times) < 2 * FEW);
});

it("100 000 failures leave nothing behind", { skip: !hasProc }, () => {
  const round = `try { signet.Receipt.parse('{"v":1,"text":"' + "x".repeat(200) + '"}'); throw 1; } catch (error) { if (!(error instanceof signet.SignetError)) throw error; }`;
  assert.ok(growth("", round, 100_000 * times) < FEW);
});

it("signers, options and buffers leave nothing behind", { skip: !hasProc }, () => {
  const setup = `const pair = signet.Keypair.generate(); const key = pair.publicKey;`;
  const round = `
    const signer = signet.Keypair.fromSigner(key, (message) => pair.sign(message));
    signet.canonicalize({ text: "x".repeat(200) });
    const receipt = signet.Receipt.sign(signer, { tool: "t" }, "bot", { owner: "o", expiresAt: "2999-01-01T00:00:00Z" });
    receipt.verify([key], { session: "" }); receipt.close(); signer.close();
    if (n % 100 === 99) await sleep(0);`;
  assert.ok(growth(setup, round, 10_000 * times) < FEW);
});

it("calls in the background keep what they use until they end", () => {
  const text = program(`
    const pair = signet.Keypair.generate();
    const made = Array.from({ length: 500 }, (_, n) => signet.Receipt.signAsync(pair, { tool: "t", params: { n } }, "bot"));
    const key = pair.publicText;
    pair.close(); gc();
    const receipts = await Promise.all(made);
    for (const one of receipts) one.check([key]);
    console.log(new Set(receipts.map((one) => one.id)).size, receipts.map((one) => JSON.parse(one.params).n).every((n, index) => n === index));
  `);
  assert.equal(text, "500 true");
});

it("16 worker threads have errors that stay with their calls", async () => {
  const rounds = 150 * times;
  const workers = Array.from({ length: 16 }, (_, index) => {
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      workerData: { seed: index + 1, rounds },
    });
    return new Promise<number>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
      worker.once("exit", (status) => status !== 0 && reject(new Error(`a worker ended with ${status}`)));
    });
  });
  assert.deepEqual(await Promise.all(workers), Array.from({ length: 16 }, () => rounds * 2));
});
