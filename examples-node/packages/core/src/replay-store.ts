// Memories of used nonces: what makes a receipt pass once.

import {
  SIGNET_NONCES_RUST_PYTHON,
  SIGNET_NONCES_TYPESCRIPT,
  SIGNET_NONCE_FRESH,
  SIGNET_NONCE_NO_ROOM,
  SIGNET_NONCE_REPLAYED,
  SIGNET_PUBLIC_KEY_LEN,
  SIGNET_REPLAY_NO_SYNC,
  SIGNET_REPLAY_SHARE_AT_ONCE,
} from "./abi.js";
import { bytesAt, check, count, make, runSigner, textAt } from "./call.js";
import { lasting } from "./callbacks.js";
import { ReplayedError } from "./errors.js";
import { Handle, pointerOf } from "./handle.js";
import type { Key } from "./keys.js";
import { lib, structType } from "./library.js";
import type { Pointer } from "./native.js";
import { text, unixMs, whole } from "./options.js";
import type { Time } from "./options.js";
import { scoped } from "./scope.js";
import { choice } from "./trust.js";

export interface ReplayFileOptions {
  /** How many nonces are remembered. */
  readonly capacity?: number;
  /** How long a nonce is remembered at least after its use. */
  readonly lifetimeSeconds?: number;
  /** The form of a file that is not there yet; one that is there keeps its own. */
  readonly form?: "rust_python" | "typescript";
  /** Answer only when the use is on the disk. Default true. */
  readonly sync?: boolean;
  /** Write the nonce file before every answer, for published programs that use it too. */
  readonly shareAtOnce?: boolean;
}

/** What a store of the caller's answers: fresh, used before, or no room to remember. */
export type NonceAnswer = "fresh" | "replayed" | "no_room";

const ANSWERS = {
  fresh: SIGNET_NONCE_FRESH,
  replayed: SIGNET_NONCE_REPLAYED,
  no_room: SIGNET_NONCE_NO_ROOM,
};

/** A memory of used nonces. It never forgets what could still be presented: when it has
 * no room it refuses. */
export class ReplayStore extends Handle<"signet_replay_store"> {
  /** A store in memory, for this process. */
  static memory(capacity = 0): ReplayStore {
    return new ReplayStore(make(lib().signet_replay_store_new, whole(capacity, "capacity")));
  }

  /** A store in a file, for all processes that use it and across restarts. Whatever cannot
   * be read, written or understood is a refusal, never an empty store. */
  static file(path: string, options: ReplayFileOptions = {}): ReplayStore {
    return new ReplayStore(
      make(lib().signet_replay_store_open, ...text(path), {
        struct_size: structType("signet_replay_store_options").size,
        flags:
          (options.sync === false ? SIGNET_REPLAY_NO_SYNC : 0) |
          (options.shareAtOnce ? SIGNET_REPLAY_SHARE_AT_ONCE : 0),
        capacity: whole(options.capacity, "capacity"),
        lifetime_seconds: whole(options.lifetimeSeconds, "lifetimeSeconds"),
        form: choice(
          { rust_python: SIGNET_NONCES_RUST_PYTHON, typescript: SIGNET_NONCES_TYPESCRIPT },
          options.form ?? "rust_python",
        ),
      }),
    );
  }

  /** A store of the caller's, which uses a nonce in one step and answers at once. When it
   * throws, the call is refused. */
  static fromCallback(
    use: (signer: Uint8Array | null, nonce: string, keepUntil: Date, maxUses: number) => NonceAnswer,
  ): ReplayStore {
    const callback = lasting(
      "signet_nonce_callback",
      (
        signer: bigint | null,
        nonce: bigint | null,
        length: number | bigint,
        keepUntil: number | bigint,
        maxUses: number | bigint,
      ): number => {
        let answer = -1;
        runSigner(() => {
          const whose = signer === null ? null : bytesAt(signer, SIGNET_PUBLIC_KEY_LEN);
          const until = new Date(count(keepUntil));
          answer = choice(ANSWERS, use(whose, textAt(nonce, count(length)), until, count(maxUses)));
        });
        return answer;
      },
    );
    return new ReplayStore(
      make(
        lib().signet_replay_store_from_callback,
        callback.pointer,
        callback.name,
        callback.free,
      ),
    );
  }

  /** @internal */
  constructor(pointer: Pointer<"signet_replay_store">) {
    super(pointer, lib().signet_replay_store_free);
  }

  /** Uses a nonce: true the first time, false every other time. Throws when the store
   * cannot answer: take that for a refusal. */
  useOnce(signer: Key | null, nonce: string, lifetimeMs: number, at?: Time): boolean {
    try {
      scoped((scope) =>
        check(
          lib().signet_replay_store_use_once,
          pointerOf(this),
          signer === null ? null : scope.key(signer),
          ...text(nonce),
          whole(lifetimeMs, "lifetimeMs"),
          unixMs(at),
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof ReplayedError) return false;
      throw error;
    }
  }

  /** How many nonces are remembered, as far as this process has seen. */
  get length(): number {
    return count(lib().signet_replay_store_len(pointerOf(this)));
  }

  /** Writes the nonce file, so that published programs know every nonce. */
  export(at?: Time): void {
    check(lib().signet_replay_store_export, pointerOf(this), unixMs(at));
  }
}
