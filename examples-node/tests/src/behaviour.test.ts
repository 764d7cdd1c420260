// The cases of ffi-tests/behaviour, which every language runs, through this API.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";

import {
  AuditLog,
  CompiledPolicy,
  Delegation,
  Keypair,
  PublicKey,
  RawJson,
  Receipt,
  ReplayStore,
  SignetError,
  TrustBundle,
  Verifier,
  actionFromToolsCall,
  canonicalize,
  jsonHash,
  recordHash,
  verifyChain,
  verifyConsistency,
  verifyLog,
  verifyProof,
} from "@signet-auth/core";
import type { Decision, Field, Format, Section, VerifyOptions } from "@signet-auth/core";
import {
  abi,
  check,
  make,
  parseOptions,
  takeText,
  lib,
} from "@signet-auth/core/internal";

import { ROOT, folder } from "./setup.js";

type Given = Record<string, any>;
type Output = Record<string, unknown>;

const FOLDER = join(ROOT, "ffi-tests", "behaviour");

/** Bytes of the table: a text, or hex where they are no UTF-8. */
function raw(value: string | { hex: string }): RawJson {
  return new RawJson(typeof value === "string" ? value : Buffer.from(value.hex, "hex"));
}
const bytes = (value: string | { hex: string }): Uint8Array => raw(value).bytes;
const hex = (value: string): Uint8Array => Buffer.from(value, "hex");
const keypair = (secret: string): Keypair => Keypair.fromSecret(hex(secret));
const optional = <T>(name: string, value: T | undefined): object =>
  value === undefined ? {} : { [name]: value };
const fixed = (given: Given): object => ({
  nonce: hex(given["nonce"]),
  ...optional("at", given["at"]),
  ...optional("owner", given["owner"]),
  ...optional("hashOnly", given["hash_only"]),
  ...optional("expiresAt", given["expires_at"]),
});

/** Fails on an input member that the operation does not know. */
function known(given: Given, ...names: string[]): void {
  const unknown = Object.keys(given).filter((name) => !names.includes(name));
  assert.deepEqual(unknown, [], "the runner does not know these members");
}

const EXPECTED = [
  "servers", "roots", "bundle", "at", "window_seconds", "max_age_seconds", "skew_seconds", "max_links",
  "session", "call_id", "response", "ignore_expiry", "any_agent", "any_window", "no_skew",
];

function expected(given: Given): VerifyOptions {
  return {
    ...optional("servers", given["servers"]),
    ...optional("roots", given["roots"]),
    ...(given["bundle"] === undefined ? {} : { bundle: TrustBundle.parse(raw(given["bundle"])) }),
    ...optional("at", given["at"]),
    ...optional("windowSeconds", given["any_window"] ? "any" : given["window_seconds"]),
    ...optional("maxAgeSeconds", given["max_age_seconds"]),
    ...optional("skewSeconds", given["no_skew"] ? 0 : given["skew_seconds"]),
    ...optional("maxLinks", given["max_links"]),
    ...optional("session", given["session"]),
    ...optional("callId", given["call_id"]),
    ...(given["response"] === undefined ? {} : { response: raw(given["response"]) }),
    ...optional("ignoreExpiry", given["ignore_expiry"]),
    ...optional("anyAgent", given["any_agent"]),
  };
}

/** An output that is compared although the call was refused. */
class Refused {
  constructor(readonly error: SignetError, readonly output: Output) {}
}

const bound = (given: Given): object => ({
  ...optional("target", given["target"]),
  ...optional("session", given["session"]),
  ...optional("callId", given["call_id"]),
});

function checked(given: Given, method: "checkReceipt" | "checkEvidence"): Output | Refused {
  known(given, "options", "receipt", "at", "target", "session", "call_id", "arguments", "response");
  const report = new Verifier(raw(given["options"]))[method](raw(given["receipt"]), {
    at: given["at"],
    ...bound(given),
    ...(given["arguments"] === undefined ? {} : { arguments: raw(given["arguments"]) }),
    ...(given["response"] === undefined ? {} : { response: raw(given["response"]) }),
  });
  const output = { trusted: report.trusted };
  return report.error === undefined ? output : new Refused(report.error, output);
}

const OPERATIONS: Record<string, (given: Given) => Output | Refused> = {
  json_canonicalize(given) {
    known(given, "json", "max_depth", "max_len");
    if (given["max_depth"] === undefined && given["max_len"] === undefined) {
      return { canonical: canonicalize(raw(given["json"])) };
    }
    const text = bytes(given["json"]);
    const limits = parseOptions({
      ...optional("maxDepth", given["max_depth"]),
      ...optional("maxLength", given["max_len"]),
    });
    return { canonical: takeText(make(lib().signet_json_canonicalize, text, text.length, limits)) };
  },
  json_hash(given) {
    known(given, "json");
    return { hash: jsonHash(raw(given["json"])) };
  },
  content_hash(given) {
    known(given, "json", "text");
    const content = bytes(given["json"] ?? given["text"]);
    const kind = "json" in given ? abi.SIGNET_CONTENT_JSON : abi.SIGNET_CONTENT_TEXT;
    const hash = Buffer.alloc(abi.SIGNET_HASH_TEXT_LEN);
    check(lib().signet_content_hash, content, content.length, kind, null, hash);
    return { hash: hash.toString("latin1") };
  },
  public_key_parse(given) {
    known(given, "text");
    if (typeof given["text"] !== "string") {
      const text = bytes(given["text"]);
      make(lib().signet_public_key_parse, text, text.length);
    }
    const { prefixed, bare, did, id } = PublicKey.parse(given["text"]);
    return { prefixed, bare, did, id };
  },
  public_key_from_bytes(given) {
    known(given, "bytes");
    return { prefixed: PublicKey.fromBytes(hex(given["bytes"])).prefixed };
  },
  public_key_verify(given) {
    known(given, "key", "message", "signature");
    const key = PublicKey.parse(given["key"]);
    if (key.verify(bytes(given["message"]), hex(given["signature"]))) return {};
    return new Refused(new SignetError("", { status: 63 }), {});
  },
  keypair_from_secret(given) {
    known(given, "secret");
    return { public_key: keypair(given["secret"]).publicText };
  },
  keypair_sign(given) {
    known(given, "secret", "message");
    const signature = keypair(given["secret"]).sign(bytes(given["message"]));
    return { signature: Buffer.from(signature).toString("hex") };
  },
  action_from_tools_call(given) {
    known(given, "request", "target", "transport");
    return { action: actionFromToolsCall(raw(given["request"]), given["target"], given["transport"]) };
  },
  receipt_sign(given) {
    known(given, "secret", "action", "name", "owner", "at", "nonce", "expires_at", "hash_only");
    const key = keypair(given["secret"]);
    return { receipt: Receipt.sign(key, raw(given["action"]), given["name"], fixed(given)).json };
  },
  receipt_sign_compound(given) {
    known(given, "secret", "action", "name", "owner", "nonce", "response", "outcome", "requested_at", "responded_at");
    const exchange = {
      response: raw(given["response"]),
      outcome: given["outcome"] === undefined ? undefined : (raw(given["outcome"]) as any),
      requestedAt: given["requested_at"],
      respondedAt: given["responded_at"],
    };
    const key = keypair(given["secret"]);
    return {
      receipt: Receipt.signCompound(key, raw(given["action"]), exchange, given["name"], fixed(given)).json,
    };
  },
  receipt_co_sign(given) {
    known(given, "secret", "agent_receipt", "response", "outcome", "name", "at", "nonce");
    const agent = Receipt.parse(raw(given["agent_receipt"]));
    const outcome = given["outcome"] === undefined ? null : (raw(given["outcome"]) as any);
    const key = keypair(given["secret"]);
    return {
      receipt: Receipt.coSign(key, agent, raw(given["response"]), given["name"], outcome, fixed(given)).json,
    };
  },
  receipt_sign_authorized(given) {
    known(given, "secret", "action", "name", "chain", "at", "nonce");
    const key = keypair(given["secret"]);
    const chain = raw(given["chain"]);
    return {
      receipt: Receipt.signAuthorized(key, raw(given["action"]), given["name"], chain, fixed(given)).json,
    };
  },
  receipt_sign_with_policy(given) {
    known(given, "secret", "action", "name", "owner", "at", "nonce", "hash_only", "policy");
    const policy = CompiledPolicy.parse(raw(given["policy"]));
    try {
      const key = keypair(given["secret"]);
      const { receipt, decision } = policy.sign(key, raw(given["action"]), given["name"], fixed(given));
      return { receipt: receipt.json, verdict: decision.verdict };
    } catch (error) {
      if (!(error instanceof SignetError) || !("decision" in error)) throw error;
      const decision = error.decision as Decision | undefined;
      return new Refused(error, { violation: decision?.violation, verdict: decision?.verdict });
    }
  },
  receipt_parse(given) {
    known(given, "json", "forensic");
    const receipt = Receipt.parse(raw(given["json"]), { forensic: given["forensic"] ?? false });
    const output: Output = {
      receipt: receipt.json,
      version: receipt.version,
      params: receipt.params,
    };
    for (const [name, number] of Object.entries(abi)) {
      if (!name.startsWith("SIGNET_FIELD_") || (number as number) > 27) continue;
      const field = name.slice("SIGNET_FIELD_".length).toLowerCase();
      output[field] = receipt.text(field as Field) ?? null;
    }
    for (const [name, time] of [["unix_ms", () => receipt.time], ["response_unix_ms", () => receipt.responseTime]] as const) {
      try {
        output[name] = Number(time());
      } catch (error) {
        assert.ok(error instanceof SignetError);
      }
    }
    return output;
  },
  receipt_agent_receipt(given) {
    known(given, "json");
    return { receipt: Receipt.parse(raw(given["json"])).agentReceipt().json };
  },
  receipt_verify(given) {
    known(given, "receipt", "trusted", "forensic", ...EXPECTED);
    const receipt = Receipt.parse(raw(given["receipt"]), { forensic: given["forensic"] ?? false });
    const options = expected(given);
    const signers = receipt.verify(given["trusted"], options);
    receipt.check(given["trusted"], options);
    return { signers: canonicalize(signers) };
  },
  receipt_check_response(given) {
    known(given, "receipt", "response");
    Receipt.parse(raw(given["receipt"])).checkResponse(raw(given["response"]));
    return {};
  },
  delegation_sign(given) {
    known(given, "secret", "name", "delegate", "delegate_name", "scope", "parent_scope", "at", "nonce");
    const token = Delegation.sign(
      keypair(given["secret"]),
      given["name"],
      given["delegate"],
      given["delegate_name"],
      raw(given["scope"]),
      {
        ...fixed(given),
        ...(given["parent_scope"] === undefined ? {} : { parentScope: raw(given["parent_scope"]) }),
      },
    );
    return { delegation: token.json };
  },
  delegation_verify(given) {
    known(given, "delegation", "roots", "at", "skew_seconds", "no_skew");
    Delegation.parse(raw(given["delegation"])).verify(expected(given));
    return {};
  },
  chain_verify(given) {
    known(given, "chain", "roots", "at", "skew_seconds", "max_links", "no_skew");
    const { roots, ...rest } = given;
    return { scope: canonicalize(verifyChain(raw(given["chain"]), roots, expected(rest))) };
  },
  policy_parse(given) {
    known(given, "text", "format");
    try {
      const policy = CompiledPolicy.parse(raw(given["text"]), (given["format"] ?? "any") as Format);
      return { policy: policy.json, hash: policy.hash };
    } catch (error) {
      if (!(error instanceof SignetError)) throw error;
      return new Refused(error, { line: error.line ?? 0, column: error.column ?? 0 });
    }
  },
  policy_evaluate(given) {
    known(given, "policy", "calls");
    const policy = CompiledPolicy.parse(raw(given["policy"]));
    const decisions = (given["calls"] as Given[]).map((call) => {
      known(call, "action", "agent", "at");
      return policy.evaluate(raw(call["action"]), call["agent"], { at: call["at"] });
    });
    return {
      verdicts: decisions.map((one) => one.verdict),
      matched: decisions.map((one) => one.details.matched_rules),
      reasons: decisions.map((one) => one.reason),
    };
  },
  trust_bundle_check(given) {
    known(given, "bundle", "section", "key", "at");
    TrustBundle.parse(raw(given["bundle"])).check(given["section"] as Section, given["key"], given["at"]);
    return {};
  },
  trust_bundle_list(given) {
    known(given, "bundle", "at");
    const listed = TrustBundle.parse(raw(given["bundle"])).list(undefined, given["at"]);
    return { keys: listed.map((one) => [one.section, one.id, one.status]) };
  },
  verifier_check_call(given) {
    known(given, "options", "calls");
    const verifier = new Verifier(raw(given["options"]));
    const reports = (given["calls"] as Given[]).map((call) => {
      known(call, "tool", "arguments", "receipt", "at", "target", "session", "call_id");
      return verifier.checkCall({
        tool: call["tool"],
        ...(call["arguments"] === undefined ? {} : { arguments: raw(call["arguments"]) }),
        receipt: call["receipt"] === undefined ? null : raw(call["receipt"]),
        at: call["at"],
        ...bound(call),
      });
    });
    return {
      statuses: reports.map((one) => one.error?.code ?? "SIGNET_OK"),
      trusted: reports.map((one) => one.trusted),
      signers: reports.map((one) => one.signer?.name ?? null),
      failed: reports.map((one) => one.checks.find(({ status }) => status === "fail")?.axis ?? null),
    };
  },
  verifier_check_receipt: (given) => checked(given, "checkReceipt"),
  verifier_check_evidence: (given) => checked(given, "checkEvidence"),
  replay_store_use_once(given) {
    known(given, "capacity", "uses");
    const store = ReplayStore.memory(given["capacity"]);
    return {
      statuses: (given["uses"] as Given[]).map((use) => {
        known(use, "nonce", "signer", "lifetime_ms", "at");
        try {
          const fresh = store.useOnce(use["signer"] ?? null, use["nonce"], use["lifetime_ms"], use["at"]);
          return fresh ? "SIGNET_OK" : "SIGNET_ERR_REPLAYED";
        } catch (error) {
          assert.ok(error instanceof SignetError);
          return error.code;
        }
      }),
    };
  },
  record_hash(given) {
    known(given, "line");
    if (typeof given["line"] === "string") return { hash: recordHash(given["line"]) };
    const hash = new Uint8Array(32);
    check(lib().signet_record_hash, bytes(given["line"]), bytes(given["line"]).length, hash);
    return {};
  },
  log_append(given) {
    known(given, "records");
    using log = AuditLog.open(folder());
    const entries = (given["records"] as string[]).map((record) => log.append(raw(record)));
    return {
      hashes: entries.map((entry) => entry.recordHash),
      indexes: entries.map((entry) => entry.index),
    };
  },
  log_verify_folder(given) {
    known(given, "files", "trusted", "signatures", "any_signer");
    const audit = join(folder(), "audit");
    mkdirSync(audit);
    for (const [name, text] of Object.entries(given["files"])) {
      writeFileSync(join(audit, name), bytes(text as string));
    }
    const report = verifyLog(audit, {
      trusted: given["trusted"] ?? [],
      signatures: given["signatures"] ?? false,
      anySigner: given["any_signer"] ?? false,
    });
    const output = {
      records: report.records,
      findings: report.findings,
      first_bad: report.firstBad ?? null,
      signatures_valid: report.signaturesValid,
      signatures_failed: report.signaturesFailed,
      unverifiable: report.unverifiable,
      unsigned_records: report.unsignedRecords,
      last_hash: report.lastHash,
    };
    return report.error === undefined ? output : new Refused(report.error, output);
  },
  proof_verify(given) {
    known(given, "proof", "record_hash", "vkey");
    return { ...verifyProof(given["proof"], given["record_hash"], given["vkey"]) };
  },
  consistency_verify(given) {
    known(given, "old_note", "new_note", "proof", "vkey");
    verifyConsistency(given["old_note"], given["new_note"], given["proof"], given["vkey"]);
    return {};
  },
};

interface Case {
  name: string;
  operation: string;
  input: Given;
  status: string;
  output?: Output;
}

for (const file of readdirSync(FOLDER).filter((name) => name.endsWith(".json")).sort()) {
  const table = JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as { cases: Case[] };
  describe(`behaviour: ${file}`, () => {
    for (const one of table.cases) {
      it(one.name, () => {
        const run = OPERATIONS[one.operation];
        assert.ok(run, `the runner does not know the operation ${one.operation}`);
        let status = "SIGNET_OK";
        let output: Output | undefined;
        try {
          const answer = run(one.input);
          if (answer instanceof Refused) status = answer.error.code;
          output = answer instanceof Refused ? answer.output : answer;
        } catch (error) {
          if (!(error instanceof SignetError)) throw error;
          status = error.code;
        }
        assert.equal(status, one.status);
        for (const [name, value] of Object.entries(one.output ?? {})) {
          assert.ok(output && name in output, `no output ${name}`);
          assert.deepEqual(output[name], value, name);
        }
      });
    }
  });
}

it("every operation of the table's README has a runner", () => {
  const readme = readFileSync(join(FOLDER, "README.md"), "utf8");
  const listed = [...readme.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(
    ([, names]) => names!.match(/\w+/g) ?? [],
  );
  assert.deepEqual(listed.sort(), Object.keys(OPERATIONS).sort());
});
