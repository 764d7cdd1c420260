// For the other packages of this family and for tests: not for users, and not stable.

export * as abi from "./abi.js";
export * from "./call.js";
export * from "./handle.js";
export * from "./json.js";
export * from "./keys.js";
export * from "./library.js";
export * from "./options.js";
export * from "./scope.js";
