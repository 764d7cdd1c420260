// Receipts for the tool calls that the AI SDK makes.
//
// A tool call never waits for a receipt and never fails because of one: what goes wrong is
// told to `onWarn`, and the call is missing from `receipts`.

import { Keypair, Receipt } from "@signet-auth/core";
import type { Secret, SignetReceipt } from "@signet-auth/core";

export interface SignetCallbacksOptions {
  /** The target in the receipts. */
  readonly target?: string;
  /** Keep only the hash of the arguments in the receipts. Default true. */
  readonly hashArgs?: boolean;
  /** Whom the signer works for. */
  readonly signerOwner?: string;
  /** Is told what went wrong; console.warn by default. */
  readonly onWarn?: (message: string, error: unknown) => void;
}

/** The receipt of a tool call. */
export interface ToolCallReceipt {
  toolName: string;
  toolCallId: string;
  receipt: SignetReceipt;
  /** How long the tool took; absent until it has finished. */
  durationMs?: number;
}

/** The parts of the AI SDK's events that are looked at; the rest differs by version. */
interface ToolCallEvent {
  readonly toolCall: { readonly toolName: string; readonly toolCallId: string; readonly input: unknown };
}
interface ToolCallEnd extends ToolCallEvent {
  readonly durationMs?: number;
  readonly toolExecutionMs?: number;
}

/** What to spread into `generateText`, `streamText` or an agent. */
export interface SignetCallbacks {
  /** The receipts so far, in the order in which the calls began. */
  readonly receipts: ToolCallReceipt[];
  /** For the AI SDK 7 and newer. */
  readonly onToolExecutionStart: (event: ToolCallEvent) => void;
  readonly onToolExecutionEnd: (event: ToolCallEnd) => void;
  /** The same for the AI SDK 6. */
  readonly experimental_onToolCallStart: (event: ToolCallEvent) => void;
  readonly experimental_onToolCallFinish: (event: ToolCallEnd) => void;
}

/** Makes callbacks that sign each tool call when it begins, before the tool runs. */
export function createSignetCallbacks(
  secretKey: Secret,
  signerName: string,
  options: SignetCallbacksOptions = {},
): SignetCallbacks {
  const { target = "vercel-ai://local", hashArgs = true, signerOwner = "" } = options;
  const receipts: ToolCallReceipt[] = [];
  // The calls that have begun and not ended: a version of the SDK that knows both names of
  // a callback must not have a call signed twice.
  const open = new Map<string, ToolCallReceipt>();
  let keypair: Keypair | undefined;

  const quietly = (what: string, run: () => void): void => {
    try {
      run();
    } catch (error) {
      try {
        const reason = error instanceof Error ? error.message : String(error);
        const warn = options.onWarn ?? ((message: string) => console.warn(message));
        warn(`signet: ${what}: ${reason}`, error);
      } catch {
        // Whoever is told of failures may fail, but not the tool call.
      }
    }
  };

  const begin = ({ toolCall }: ToolCallEvent): void =>
    quietly(`no receipt for ${toolCall?.toolName}`, () => {
      const { toolName, toolCallId, input } = toolCall;
      if (open.has(toolCallId)) return;
      keypair ??= typeof secretKey === "string" ? Keypair.fromSecret(secretKey) : secretKey;
      const action = { tool: toolName, params: input ?? null, target, call_id: toolCallId };
      const signed = Receipt.sign(keypair, action, signerName, {
        owner: signerOwner,
        hashOnly: hashArgs,
      });
      try {
        const entry = { toolName, toolCallId, receipt: signed.toJSON() as SignetReceipt };
        receipts.push(entry);
        open.set(toolCallId, entry);
      } finally {
        signed.close();
      }
    });

  const end = (event: ToolCallEnd): void =>
    quietly("no duration", () => {
      const { toolCallId } = event.toolCall;
      const entry = open.get(toolCallId);
      const duration = event.toolExecutionMs ?? event.durationMs;
      if (entry !== undefined && duration !== undefined) entry.durationMs = duration;
      open.delete(toolCallId);
    });

  return {
    receipts,
    onToolExecutionStart: begin,
    onToolExecutionEnd: end,
    experimental_onToolCallStart: begin,
    experimental_onToolCallFinish: end,
  };
}
