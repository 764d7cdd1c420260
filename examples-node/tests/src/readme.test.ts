// The README's lines, as somebody runs them who has just installed the packages; the demo;
// and the signatures of the declarations that users compile against.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";

import { LIBRARY, ROOT, folder, source } from "./setup.js";

const HERE = join(ROOT, "examples-node");
const PACKAGES = join(ROOT, "target", "node", "packages");

/** The first block of a language in the README's section about Node. */
function block(language: string): string {
  const section = source("README.md").split(/^### /m).find((one) => one.startsWith("Node"));
  assert.ok(section, "the README has a section about Node");
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(section)![1]!;
}

it("the README's lines run from the packages as npm installs them", (test) => {
  if (!existsSync(PACKAGES)) {
    console.log("skipped: node: the packages are not packed: examples-node/pack");
    return test.skip("not packed");
  }
  const home = folder();
  const packages = readdirSync(PACKAGES).map((one) => join(PACKAGES, one));
  assert.equal(packages.length, 5);
  writeFileSync(join(home, "package.json"), '{"type":"module","private":true}');
  const install = spawnSync(
    "npm",
    ["install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", ...packages],
    { cwd: home, encoding: "utf8" },
  );
  if (install.status !== 0) {
    console.log("skipped: node: npm cannot install koffi beside the packages (no registry?)");
    return test.skip(install.stderr);
  }
  writeFileSync(join(home, "example.js"), block("js"));
  // No SIGNET_LIBRARY: the library is the one inside the package.
  const { SIGNET_LIBRARY: _, ...environment } = process.env;
  const text = execFileSync(process.execPath, ["example.js"], { cwd: home, encoding: "utf8", env: environment });
  assert.match(text, /^\d{4}-\d\d-\d\dT[\d:.]+Z delete_file\ntrue\n$/);
  assert.match(block("sh"), /npm install/);
});

it("the README has ten lines, and says why koffi", () => {
  const lines = block("js").split("\n").filter((line) => line.trim() !== "");
  assert.ok(lines.length <= 10, `${lines.length} lines`);
  const section = source("README.md").split(/^### /m).find((one) => one.startsWith("Node"))!;
  assert.match(section, /koffi/);
  assert.match(section, /ffi-napi/);
});

it("the demo prints what it says", () => {
  const text = execFileSync(process.execPath, [join(HERE, "demo", "dist", "boundary.js")], {
    encoding: "utf8",
    env: { ...process.env, SIGNET_LIBRARY: LIBRARY },
  });
  assert.equal(text, readFileSync(join(HERE, "demo", "expected.txt"), "utf8"));
});

it("the declarations offer what the packages promise, and nothing internal", () => {
  const declared = (name: string): string =>
    readdirSync(join(HERE, "packages", name, "dist"))
      .filter((file) => file.endsWith(".d.ts"))
      .map((file) => readFileSync(join(HERE, "packages", name, "dist", file), "utf8"))
      .join("\n");
  const core = declared("core");
  const promised = [
    "generateKeypair(): SignetKeypair",
    "sign(secretKey: Secret, action: SignetAction, signerName: string, signerOwner?: string): SignetReceipt",
    "verify(receipt: Evidence, publicKey: string): boolean",
    "verifyAllowExpired(receipt: Evidence, publicKey: string): boolean",
    "verifyAny(receiptJson: Evidence, publicKey: string): boolean",
    "verifyBilateral(receiptJson: Evidence, serverPublicKey: string): boolean",
    "verifyBilateralWithOptions(receipt: Evidence, serverPublicKey: string, options?: BilateralVerifyOptions): boolean",
    "contentHash(value: unknown): string",
    "verifyDelegation(token: Evidence): boolean",
    "verifyAuthorized(receipt: Evidence, trustedRoots: readonly string[], clockSkewSecs?: number): Scope",
    "parsePolicyYaml(text: string): Policy",
    "evaluatePolicy(action: SignetAction, agentName: string, policy: Policy): PolicyEvalResult",
    "computePolicyHash(policy: Policy): string",
  ];
  for (const one of promised) assert.ok(core.includes(`declare function ${one};`), one);
  for (const type of [
    "SignetKeypair", "SignetAction", "SignetSigner", "SignetReceipt", "SignetOutcome", "SignetResponse", "CompoundReceipt",
    "ServerInfo", "BilateralReceipt", "DelegationToken", "Scope", "Authorization", "AuthorizedReceipt", "PolicyEvalResult",
    "PolicyAttestation",
  ]) {
    assert.match(core, new RegExp(`export interface ${type}\\b`), type);
  }
  assert.ok(declared("mcp").includes("constructor(inner: Transport, secretKey: Secret, signerName: string, signerOwner?: string, options?: SigningTransportOptions)"));
  assert.ok(declared("mcp-server").includes("constructor(ttlMs?: number, maxSize?: number"));
});

it("the declarations stand by themselves under the strictest compiler options", () => {
  const home = folder();
  const text = `
    import * as core from "${join(HERE, "packages/core/dist/index.js")}";
    import { verifyRequest, signResponse, NonceCache } from "${join(HERE, "packages/mcp-server/dist/index.js")}";
    import { createSignetCallbacks } from "${join(HERE, "packages/vercel-ai/dist/index.js")}";
    const pair: core.SignetKeypair = core.generateKeypair();
    const receipt: core.SignetReceipt = core.sign(pair.secretKey, { tool: "t", params: { n: 1n } }, "bot");
    const result = verifyRequest({ params: {} }, { trustedKeys: [pair.publicKey], nonceCache: new NonceCache() });
    const ok: boolean = result.ok && core.verify(receipt, pair.publicKey);
    const callbacks = createSignetCallbacks(pair.secretKey, "bot", { hashArgs: ok });
    const first: core.SignetReceipt | undefined = callbacks.receipts[0]?.receipt;
    using key = core.PublicKey.parse(pair.publicKey);
    // @ts-expect-error a receipt is no key pair
    core.Receipt.sign(core.Receipt.parse(receipt), { tool: "t" }, "bot");
    // @ts-expect-error an option that there is not
    verifyRequest({}, { trustedKey: [] });
    export { first, key, signResponse };`;
  writeFileSync(join(home, "user.mts"), text);
  const options = "--strict --noEmit --module NodeNext --moduleResolution NodeNext --target ES2022 --lib ES2022,ESNext.Disposable --exactOptionalPropertyTypes --noUncheckedIndexedAccess --skipLibCheck false --typeRoots";
  const run = spawnSync(
    process.execPath,
    [join(HERE, "node_modules/typescript/bin/tsc"), ...options.split(" "), join(HERE, "node_modules/@types"), "--types", "node", join(home, "user.mts")],
    { encoding: "utf8" },
  );
  assert.equal(run.stdout, "");
  assert.equal(run.status, 0);
});
