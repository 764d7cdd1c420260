// Appends records to a day's segment as the JavaScript hooks of the published
// Signet do: with a lock file that is created exclusively, taken for abandoned
// after 30 s, given up after 5 s, and deleted when done. Says what became of each.
import { createHash } from "node:crypto";
import * as fs from "node:fs";

const [segment, name, count, millis] = process.argv.slice(2);
const lock = `${segment}.lock`;
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

const canonical = (value) =>
  value !== null && typeof value === "object"
    ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`
    : JSON.stringify(value);

function take() {
  const begun = Date.now();
  for (;;) {
    try {
      fs.closeSync(fs.openSync(lock, "wx"));
      return true;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    try {
      if (Date.now() - fs.statSync(lock).mtimeMs > 30_000) {
        fs.unlinkSync(lock);
        continue;
      }
    } catch {
      continue;
    }
    if (Date.now() - begun > 5_000) return false;
    sleep(5);
  }
}

function append(receipt) {
  if (!take()) return false;
  try {
    const lines = fs.existsSync(segment) ? fs.readFileSync(segment, "utf8").trim().split("\n") : [""];
    const last = lines[lines.length - 1];
    const prev_hash = last === "" ? `sha256:${"0".repeat(64)}` : JSON.parse(last).record_hash;
    const digest = createHash("sha256").update(canonical({ prev_hash, receipt })).digest("hex");
    const record = { receipt, prev_hash, record_hash: `sha256:${digest}`, meta: {} };
    fs.appendFileSync(segment, `${JSON.stringify(record)}\n`);
    return true;
  } finally {
    try {
      fs.unlinkSync(lock);
    } catch {}
  }
}

for (let number = 0; number < Number(count); number += 1) {
  const receipt = { v: 1, ts: new Date().toISOString(), n: `${name}.${number}` };
  console.log(append(receipt) ? "wrote" : "dropped", receipt.n);
  sleep(Number(millis));
}
