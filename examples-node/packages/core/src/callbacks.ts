// Callbacks that the library keeps beyond the call that it is given them in.

import koffi from "koffi";

import { callbackType } from "./library.js";

/** A function that the library may call until it calls `free` with its `name`. */
export interface LastingCallback {
  readonly pointer: bigint;
  readonly name: bigint;
  readonly free: bigint;
}

const kept = new Map<number, bigint>();
let next = 1;
let free: bigint | undefined;

/** Registers a function until the library lets go of it. */
export function lasting(type: string, run: (...parameters: never[]) => number): LastingCallback {
  const pointer = koffi.register(run, callbackType(type));
  const name = next++;
  kept.set(name, pointer);
  free ??= koffi.register(
    (user: bigint | null): void => {
      const callback = kept.get(Number(user));
      kept.delete(Number(user));
      // Not while the library may still be inside a call of it.
      if (callback !== undefined) setImmediate(() => koffi.unregister(callback)).unref();
    },
    callbackType("signet_free_callback"),
  );
  return { pointer, name: BigInt(name), free };
}
