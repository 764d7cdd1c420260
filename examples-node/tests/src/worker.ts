// One of many threads: calls that fail between calls that pass.

import { workerData, parentPort } from "node:worker_threads";
import * as signet from "@signet-auth/core";
const { seed, rounds } = workerData as { seed: number; rounds: number };
const failures: [() => unknown, typeof signet.SignetError][] = [
  [() => signet.canonicalize('{"' + seed + '":1,"' + seed + '":2}'), signet.JsonDuplicateMemberError],
  [() => signet.canonicalize("[" + "1,".repeat(seed) + "}"), signet.JsonSyntaxError],
  [() => signet.verify({ v: 1 }, "ed25519:x"), signet.SignetError],
  [() => signet.PublicKey.fromBytes(new Uint8Array(32)), signet.KeyWeakError],
  [() => signet.sign(signet.Keypair.generate(), { tool: "t", ["m" + seed]: 1 } as never, "x"), signet.UnknownMemberError],
];
const pair = signet.Keypair.fromSecret(Buffer.alloc(32, seed));
let calls = 0;
for (let n = 0; n < rounds; n += 1) {
  const [call, kind] = failures[(n + seed) % failures.length]!;
  try { call(); throw new Error("it passed"); }
  catch (error) {
    if (!(error instanceof kind)) throw error;
    if (kind === signet.JsonSyntaxError && error.position !== 1 + 2 * seed) throw new Error("another call's position: " + error.position);
    if (kind === signet.UnknownMemberError && !error.message.includes('"m' + seed + '"')) throw new Error("another call's message: " + error.message);
  }
  const receipt = signet.sign(pair, { tool: "t" + seed, params: { n } }, "bot" + seed);
  if (!signet.verify(receipt, pair.publicText)) throw new Error("a good receipt was refused");
  calls += 2;
  if (n % 10 === 0) {
    const [bad, good] = await Promise.allSettled([
      signet.Receipt.signAsync(pair, { tool: "t", ["m" + seed]: 1 }, "x"),
      signet.Receipt.signAsync(pair, { tool: "t" }, "x"),
    ]);
    if (good.status !== "fulfilled" || bad.status !== "rejected" || !(bad.reason instanceof signet.UnknownMemberError) || !bad.reason.message.includes('"m' + seed + '"')) throw new Error("an answer went astray");
  }
}
parentPort!.postMessage(calls);
