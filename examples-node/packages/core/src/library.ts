// Finds libsignet, checks that it is the right one, and declares its functions.
//
// The library itself reads no environment: which file is loaded is decided here, once,
// when the first call needs it.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import koffi from "koffi";
import type { TypeObject } from "koffi";

import { CALLBACKS, FUNCTIONS, SIGNET_ABI_VERSION, SIGNET_VERSION_STRING, STRUCTS } from "./abi.js";
import type { Functions } from "./abi.js";

/** A function of the library, which can also run on a thread of its own. */
export type Call<F extends (...parameters: never[]) => unknown> = F & {
  async(...parameters: [...Parameters<F>, (error: Error | null, result: ReturnType<F>) => void]): void;
};

/** The functions of the library by their names. */
export type Library = { readonly [Name in keyof Functions]: Call<Functions[Name]> };

/** The library cannot be loaded, or is another one than this package was made for. */
export class LibraryError extends Error {
  override readonly name = "LibraryError";
}

// koffi tells types apart by their names, those of anonymous types included, and keeps
// them for the whole process, where this package may be twice.
const unique = (name: string): string => `${name}_${Math.random().toString(36).slice(2)}`;

const structs = new Map<string, TypeObject>();
const callbacks = new Map<string, TypeObject>();

for (const [name, members] of STRUCTS) {
  const shape: Record<string, TypeObject> = {};
  for (const [member, type, length] of members) {
    shape[member] = length > 0 ? koffi.array(type, length, "Typed") : koffi.type(type);
  }
  structs.set(name, koffi.struct(unique(name), shape));
}
for (const [name, result, parameters] of CALLBACKS) {
  callbacks.set(name, koffi.proto(unique(name), result, [...parameters]));
}

/** The layout of a struct, to read one that the library has written. */
export function structType(name: string): TypeObject {
  return known(structs, name);
}

/** The type of a callback, to register one. */
export function callbackType(name: string): TypeObject {
  return koffi.pointer(known(callbacks, name));
}

function known(types: Map<string, TypeObject>, name: string): TypeObject {
  const type = types.get(name);
  if (type === undefined) throw new LibraryError(`the header has no type ${name}`);
  return type;
}

function declared(type: string): TypeObject {
  if (type.startsWith("@")) return koffi.pointer(structType(type.slice(1)));
  if (type.startsWith("&")) return callbackType(type.slice(1));
  return koffi.type(type);
}

const SYSTEM = `libsignet.so.${SIGNET_ABI_VERSION}`;

/** Where the library may be. */
function* candidates(): Generator<string> {
  const named = process.env["SIGNET_LIBRARY"];
  if (named) {
    // Whoever names a file means that file: no other is tried.
    yield named;
    return;
  }
  const packaged = fileURLToPath(
    new URL(`../native/${process.platform}-${process.arch}/libsignet.so`, import.meta.url),
  );
  if (existsSync(packaged)) yield packaged;
  else yield SYSTEM;
}

let loaded: { path: string; library: Library } | undefined;

/**
 * Loads the library from a file, before anything else uses it. Without a file it is
 * looked for in the one that the environment variable SIGNET_LIBRARY names, in this
 * package, and where the system keeps shared libraries; that also happens by itself
 * with the first call. Answers the path it was loaded from.
 */
export function loadLibrary(path?: string): string {
  if (loaded !== undefined) {
    if (path === undefined || path === loaded.path) return loaded.path;
    throw new LibraryError(`libsignet is already loaded from ${loaded.path}`);
  }
  const failures: string[] = [];
  for (const candidate of path === undefined ? candidates() : [path]) {
    try {
      loaded = { path: candidate, library: open(candidate) };
      return candidate;
    } catch (error) {
      if (!(error instanceof LibraryError)) throw error;
      failures.push(error.message);
    }
  }
  const hint = "name the file with SIGNET_LIBRARY or loadLibrary(), or install the library";
  throw new LibraryError(`${failures.join("; ")} (${hint})`);
}

/** The library, loaded with the first call. */
export function lib(): Library {
  if (loaded === undefined) loadLibrary();
  return loaded!.library;
}

function open(path: string): Library {
  let file;
  try {
    file = koffi.load(path);
  } catch (error) {
    throw new LibraryError(`cannot load libsignet from ${path}: ${(error as Error).message}`);
  }
  let version: number;
  try {
    version = file.func("signet_abi_version", "uint32_t", [])() as number;
  } catch {
    throw new LibraryError(`${path} is not libsignet: it has no signet_abi_version`);
  }
  if (version !== SIGNET_ABI_VERSION) {
    throw new LibraryError(
      `${path} has version ${version} of libsignet's binary interface; ` +
        `this package speaks version ${SIGNET_ABI_VERSION}`,
    );
  }
  const functions: Record<string, unknown> = {};
  for (const [name, result, parameters] of FUNCTIONS) {
    try {
      functions[name] = file.func(name, declared(result), parameters.map(declared));
    } catch (error) {
      const found = file.func("signet_version_string", "str", [])() as string;
      throw new LibraryError(
        `${path} is libsignet ${found}, which has no ${name}: this package needs ` +
          `${SIGNET_VERSION_STRING} or newer (${(error as Error).message})`,
      );
    }
  }
  return functions as unknown as Library;
}
