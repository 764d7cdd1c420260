// Lets an MCP server run only what a trusted agent has signed, once, for this server, and
// with the very arguments that the tool will see; and signs what the server answers.

export { FileNonceCache, NonceCache } from "./nonce-cache.js";
export type { NonceChecker } from "./nonce-cache.js";
export { signResponse } from "./sign-response.js";
export type { SignResponseOptions } from "./sign-response.js";
export { verifyRequest } from "./verify-request.js";
export type { McpRequest, VerifyRequestOptions, VerifyResult } from "./verify-request.js";
