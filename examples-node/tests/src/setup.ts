// What every test needs: the library under test, folders that are removed, keys.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

import { loadLibrary } from "@signet-auth/core";

/** The repository. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** The library that is tested: the one that was built here. */
export const LIBRARY = process.env["SIGNET_LIBRARY"] ?? join(ROOT, "target", "lib", "libsignet.so");

if (!existsSync(LIBRARY)) throw new Error(`there is no ${LIBRARY}: make it first`);
process.env["SIGNET_LIBRARY"] = LIBRARY;
loadLibrary(LIBRARY);

/** A new folder, removed when the file's tests are done. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "signet-node-"));
  after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** The text of a file of the repository. */
export function source(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** A key pair that is the same in every run; for tests only. */
export function seed(byte: number): string {
  return Buffer.alloc(32, byte).toString("base64");
}

/** Costs that Argon2id has to have at least; for tests only. */
export const QUICK = { kdfMemoryKib: 7 * 1024, kdfPasses: 5 };
