// Makes and verifies what every language reads: see ffi-tests/cross/README.md.
import { existsSync, mkdirSync, readFileSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AuditLog,
  Delegation,
  Keypair,
  Keystore,
  Receipt,
  ReplayStore,
  recordHash,
  verifyChain,
  verifyLog,
  verifyProof,
} from "@signet-auth/core";

const ACTION = { tool: "echo", target: "mcp://cross", params: { n: 1, text: "grüße" } };
const SCOPE = { tools: ["echo"], targets: ["mcp://cross"], max_depth: 0 };

const [command, folder, ...rest] = process.argv.slice(2);
const get = (name) => readFileSync(join(folder, name), "utf8");
const put = (name, text) => writeFileSync(join(folder, name), text);

function make() {
  mkdirSync(folder, { recursive: true });
  const keystore = Keystore.open(folder);
  const agent = keystore.create("agent", { owner: "node", passphrase: "cross" });
  const helper = keystore.create("helper", { owner: "node", passphrase: null });
  const sign = () => Receipt.sign(agent, ACTION, "agent", { owner: "node" });
  put("receipt.json", sign().json);

  const delegation = Delegation.sign(agent, "agent", helper.publicKey, "helper", SCOPE);
  const chain = `[${delegation.json}]`;
  put("chain.json", chain);
  put("authorized.json", Receipt.signAuthorized(helper, ACTION, "helper", chain).json);

  const log = AuditLog.open(folder, { logKey: Keypair.generate() });
  for (let i = 0; i < 3; i++) log.append(sign());
  put("proof", log.prove(1));
  put("vkey", log.verifierKey());
  put("record", log.read(1).line);
  log.close();
}

function must(holds) {
  if (!holds) throw new Error("false");
}

const agentKey = () => Keystore.open(folder).publicKey("agent");

const KINDS = {
  key() {
    const keystore = Keystore.open(folder);
    keystore.load("agent", "cross");
    keystore.load("helper");
  },
  receipt() {
    Receipt.parse(get("receipt.json")).verify([agentKey()]);
  },
  delegation() {
    verifyChain(get("chain.json"), [agentKey()]);
    Receipt.parse(get("authorized.json")).verify([], { roots: [agentKey()] });
  },
  log() {
    const options = { signatures: true, trusted: [agentKey()] };
    const report = verifyLog(join(folder, "audit"), options);
    if (report.error) throw report.error;
    must(report.signaturesValid === 3);
  },
  proof() {
    must(verifyProof(get("proof"), recordHash(get("record")), get("vkey")).index === 1);
  },
};

function verify() {
  for (const [kind, holds] of Object.entries(KINDS)) {
    if (kind === "proof" && !existsSync(join(folder, "proof"))) continue;
    try {
      holds();
      console.log(`${kind} ok`);
    } catch (error) {
      console.log(`${kind} refused: ${error.message}`);
    }
  }
}

function waitForOthers() {
  console.log("ready");
  must(readSync(0, new Uint8Array(1)) === 1);
}

function append(name, count) {
  const agent = Keypair.generate();
  const log = AuditLog.open(folder);
  waitForOthers();
  for (let i = 0; i < Number(count); i++) {
    console.log(log.append(Receipt.sign(agent, ACTION, name)).index);
  }
  log.close();
}

function nonces(count) {
  const store = ReplayStore.file(folder);
  waitForOthers();
  for (let i = 0; i < Number(count); i++) {
    if (store.useOnce(null, `n-${i}`, 3600000)) console.log(i);
  }
}

({ make, verify, append, nonces })[command](...rest);
