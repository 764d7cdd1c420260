// The declarations against the header, the statuses, and how the library is found.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import * as signet from "@signet-auth/core";
import { abi, lib, structType } from "@signet-auth/core/internal";

import { LIBRARY, ROOT, folder, source } from "./setup.js";

const HERE = join(ROOT, "examples-node");

it("the declarations are those of the header", () => {
  const run = spawnSync(process.execPath, [join(HERE, "generate.mjs"), "--check"], { encoding: "utf8" });
  assert.equal(run.stderr, "");
  assert.equal(run.status, 0);
});

it("every exported symbol is declared", () => {
  const symbols = source("ffi-tests/abi/signet.symbols").trim().split("\n");
  assert.deepEqual(abi.FUNCTIONS.map(([name]) => name).sort(), symbols.sort());
  assert.deepEqual(Object.keys(lib()).sort(), symbols);
});

it("the structs have the layout of the ABI", () => {
  const lines = source("ffi-tests/abi/signet.layout").split("\n").filter((line) => /^\w/.test(line));
  let compared = 0;
  for (const line of lines) {
    const [path, size64] = line.split(" ") as [string, string];
    const [name, member] = path.split(".") as [string, string | undefined];
    const type = structType(name);
    const found = member === undefined ? type.size : type.members![member]?.offset;
    assert.equal(found, Number(size64), path);
    compared += 1;
  }
  assert.ok(compared > 50);
});

it("the constants whose values the library knows are its values", () => {
  assert.equal(Number(lib().signet_hash_len()), abi.SIGNET_HASH_LEN);
  assert.equal(Number(lib().signet_hash_text_len()), abi.SIGNET_HASH_TEXT_LEN);
  assert.equal(Number(lib().signet_public_key_len()), abi.SIGNET_PUBLIC_KEY_LEN);
  assert.equal(Number(lib().signet_signature_len()), abi.SIGNET_SIGNATURE_LEN);
  assert.equal(Number(lib().signet_seed_len()), abi.SIGNET_SEED_LEN);
  assert.equal(Number(lib().signet_nonce_len()), abi.SIGNET_NONCE_LEN);
  assert.equal(Number(lib().signet_params_key_len()), abi.SIGNET_PARAMS_KEY_LEN);
  assert.equal(lib().signet_abi_version(), abi.SIGNET_ABI_VERSION);
  assert.equal(lib().signet_version_string(), signet.SIGNET_VERSION_STRING);
});

it("every status of the library has a class of its own", () => {
  const classes = new Set<unknown>();
  for (let index = 0; ; index += 1) {
    const status = lib().signet_status_at(index);
    if (status < 0) {
      assert.equal(index, Object.keys(signet.STATUSES).length);
      break;
    }
    const name = lib().signet_status_name(status);
    assert.equal(signet.STATUSES[status], name);
    if (status === 0) continue;
    const kind = signet.ERRORS.get(status);
    assert.ok(kind, `${name} has no class`);
    const pascal = name.replace("SIGNET_ERR_", "").toLowerCase().replace(/(?:^|_)(\w)/g, (_, one: string) => one.toUpperCase());
    assert.equal(kind.name, `${pascal}Error`);
    assert.equal((signet as Record<string, unknown>)[kind.name], kind, "it is exported");
    const error = new kind("text");
    assert.ok(error instanceof signet.SignetError && error instanceof Error);
    assert.deepEqual([error.code, error.status, error.name], [name, status, kind.name]);
    classes.add(kind);
  }
  assert.equal(classes.size, signet.ERRORS.size);
});

it("an error says where in a text or a document it is", () => {
  assert.throws(
    () => signet.canonicalize('{"a":1,"a":2}'),
    (error) => error instanceof signet.JsonDuplicateMemberError && error.position === 7,
  );
  assert.throws(
    () => signet.parsePolicyYaml("version: 1\nname: x\nrules: 7\n"),
    (error) => error instanceof signet.PolicyInvalidError && error.line === 3 && (error.column ?? 0) > 0,
  );
  const plain = new signet.SignetError("text");
  assert.deepEqual([plain.code, plain.position, plain.line], ["SIGNET_ERR_UNKNOWN", undefined, undefined]);
});

/** Runs code in a process of its own, which has not loaded the library yet. */
function elsewhere(code: string, environment: Record<string, string | undefined>): string {
  const text = `import * as signet from "@signet-auth/core";\n${code}`;
  return execFileSync(process.execPath, ["--input-type=module", "-e", text], {
    cwd: join(HERE, "tests"),
    encoding: "utf8",
    env: { ...process.env, SIGNET_LIBRARY: undefined, ...environment } as NodeJS.ProcessEnv,
  }).trim();
}

it("the library is loaded with the first call, from the file that is named", () => {
  const code = `console.log(signet.generateKeypair().publicKey.slice(0, 8), signet.loadLibrary());`;
  assert.equal(elsewhere(code, { SIGNET_LIBRARY: LIBRARY }), `ed25519: ${LIBRARY}`);
  const given = `console.log(signet.loadLibrary(${JSON.stringify(LIBRARY)}));`;
  assert.equal(elsewhere(given, { SIGNET_LIBRARY: "/nowhere" }), LIBRARY);
});

const MESSAGE = `try { signet.generateKeypair(); } catch (error) { console.log(error.name + ": " + error.message); }`;

it("a file that is named and missing is an error, and no other is tried", () => {
  assert.match(
    elsewhere(MESSAGE, { SIGNET_LIBRARY: "/nowhere/libsignet.so" }),
    /^LibraryError: cannot load libsignet from \/nowhere\/libsignet\.so: .*SIGNET_LIBRARY/s,
  );
});

it("a second library is refused", () => {
  assert.throws(() => signet.loadLibrary("/another/libsignet.so"), /already loaded from/);
});

it("another library, another version and an older one are refused with a clear text", (test) => {
  const compiler = process.env["CC"] ?? "cc";
  if (spawnSync(compiler, ["--version"]).status !== 0) {
    console.log(`skipped: node: not installed: ${compiler}`);
    return test.skip("no C compiler");
  }
  const path = folder();
  const build = (name: string, code: string): string => {
    writeFileSync(join(path, `${name}.c`), code);
    const made = join(path, `${name}.so`);
    execFileSync(compiler, ["-shared", "-fPIC", "-o", made, join(path, `${name}.c`)]);
    return made;
  };
  const other = build("other", "int something(void) { return 1; }");
  assert.match(elsewhere(MESSAGE, { SIGNET_LIBRARY: other }), /is not libsignet: it has no signet_abi_version/);
  const next = build("next", "unsigned signet_abi_version(void) { return 7777; }");
  assert.match(
    elsewhere(MESSAGE, { SIGNET_LIBRARY: next }),
    /has version 7777 of libsignet's binary interface; this package speaks version \d+/,
  );
  const old = build(
    "old",
    `unsigned signet_abi_version(void) { return ${abi.SIGNET_ABI_VERSION}; }
     const char *signet_version_string(void) { return "0.0.1"; }`,
  );
  assert.match(elsewhere(MESSAGE, { SIGNET_LIBRARY: old }), /is libsignet 0\.0\.1, which has no signet_\w+: this package needs/);
});
