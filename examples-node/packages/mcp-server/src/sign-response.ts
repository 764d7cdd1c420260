// Signs what a server answers to a request that it has verified.

import { signResult } from "@signet-auth/core";
import type { BilateralReceipt, Secret, SignetOutcome } from "@signet-auth/core";

import { paramsText, passedRequest } from "./verify-request.js";
import type { McpRequest } from "./verify-request.js";

export interface SignResponseOptions {
  readonly serverKey: Secret;
  readonly serverName: string;
  /** Sign also when the signer of the request is not trusted. */
  readonly allowUntrustedRequest?: boolean;
  /** What became of the call; otherwise "failed" when the response has `isError`, else
   * "executed". */
  readonly outcome?: SignetOutcome;
}

/**
 * Co-signs the result of a request. Put what it answers at `_meta._signet_bilateral` of that
 * result. Throws unless `verifyRequest` has let this very request through, and unless the
 * request is still what it was then.
 */
export function signResponse(
  request: McpRequest,
  response: object,
  options: SignResponseOptions,
): BilateralReceipt {
  const passed = passedRequest(request);
  if (passed === undefined) throw new Error("verifyRequest has not let this request through");
  if (passed.call === undefined) throw new Error("the request carries no receipt to co-sign");
  if (!passed.trusted && !options.allowUntrustedRequest) {
    throw new Error("the signer of the request is not trusted");
  }
  if (paramsText(request) !== passed.text) {
    throw new Error("the request was changed after verifyRequest let it through");
  }
  const { serverKey, serverName, outcome } = options;
  const { receipt } = signResult(serverKey, passed.call, response, serverName, { outcome });
  try {
    return receipt.toJSON() as BilateralReceipt;
  } finally {
    receipt.close();
  }
}
