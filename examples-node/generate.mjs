#!/usr/bin/env node
// Writes packages/core/src/abi.ts and errors.ts from include/signet.h.
//
// usage: npm run generate [-- --check]
//
// With --check nothing is written; the exit status says whether they are up to date.

import { readFileSync, writeFileSync } from "node:fs";

import { readHeader } from "./header.mjs";

const { functions, callbacks, structs, handles, constants, statuses } = readHeader();
const structNames = new Set(structs.map((one) => one.name));
const callbackNames = new Set(callbacks.map((one) => one.name));
const numbers = new Set(["uint8_t", "int32_t", "uint32_t", "int64_t", "uint64_t", "size_t", "signet_status"]);
const wide = new Set(["int64_t", "uint64_t", "size_t"]);

const pascal = (name) =>
  name.toLowerCase().split("_").map((part) => part[0].toUpperCase() + part.slice(1)).join("");

/** The parts of a C type: "const signet_x * const *" is { base: "signet_x", stars: 2 }. */
function parts(type) {
  const base = type.replace(/\bconst\b|[ *]/g, "");
  return { base, stars: [...type].filter((one) => one === "*").length, reads: type.startsWith("const ") };
}

function unknown(type) {
  throw new TypeError(`the header has a type that is not known here: ${type}`);
}

/** How koffi passes a value: a name, "@" and a struct to read from, "&" and a callback. */
function koffiType(type) {
  const { base, stars, reads } = parts(type);
  if (callbackNames.has(base)) return `&${base}`;
  if (stars === 0) return base === "signet_status" ? "int32_t" : base === "void" || numbers.has(base) ? base : unknown(type);
  if (type === "const char *") return "str";
  if (structNames.has(base) && stars === 1 && reads) return `@${base}`;
  return "void *";
}

/** The TypeScript type of a parameter. */
function parameterType(type) {
  const { base, stars, reads } = parts(type);
  if (callbackNames.has(base)) return `${pascal(base)} | bigint | null`;
  if (stars === 0) return wide.has(base) ? "number | bigint" : "number";
  if (base === "void") return "bigint | null";
  if (base === "uint8_t" && stars === 1) return reads ? "Bytes | null" : "Uint8Array";
  if (base === "uint8_t" && stars === 2) return "BigUint64Array";
  if (base === "int32_t" && stars === 1) return "Int32Array";
  if (base === "int64_t") return "BigInt64Array";
  if (base === "uint64_t" || base === "size_t") return "BigUint64Array | null";
  if (handles.includes(base)) {
    if (stars === 1) return `Pointer<"${base}"> | null`;
    return reads ? `BigUint64Array | null` : `Slot<"${base}">`;
  }
  if (structNames.has(base) && stars === 1) return reads ? `${pascal(base)} | 0n | null` : "Uint8Array";
  return unknown(type);
}

/** The TypeScript type of a result: koffi answers 64-bit numbers as what they fit in. */
function resultType(type) {
  const { base, stars } = parts(type);
  if (type === "void") return "void";
  if (type === "signet_status") return "Status";
  if (type === "const char *") return "string";
  if (stars > 0) return "bigint | null";
  return wide.has(base) ? "number | bigint" : numbers.has(base) ? "number" : unknown(type);
}

/** The TypeScript type of a struct's member. */
function memberType(member) {
  if (member.length !== null) return "Uint8Array";
  if (!member.type.includes("*")) return wide.has(member.type) ? "number | bigint" : "number";
  const { base, stars } = parts(member.type);
  if (handles.includes(base)) return stars === 1 ? `Pointer<"${base}"> | null` : "BigUint64Array | null";
  return base === "uint8_t" || structNames.has(base) ? "Bytes | null" : unknown(member.type);
}

/** What a callback of JavaScript is given: pointers are addresses. */
function callbackType(type) {
  const { base, stars } = parts(type);
  if (stars > 0) return "bigint | null";
  return wide.has(base) ? "number | bigint" : numbers.has(base) ? "number" : unknown(type);
}

const camel = (name) =>
  name === "arguments" ? "args" : name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());

function abi() {
  const lines = [
    "// The C ABI as koffi sees it: constants, structs, callbacks and functions.",
    "//",
    "// Written from include/signet.h by `npm run generate`; do not edit. A test compares",
    "// the two.",
    "",
    'import type { Bytes, Pointer, Slot, Status } from "./native.js";',
    "",
  ];
  for (const { name, value } of constants) {
    lines.push(`export const ${name} = ${typeof value === "bigint" ? `${value}n` : JSON.stringify(value)};`);
  }
  lines.push("", "/** Number to name. */", "export const STATUSES: Readonly<Record<number, string>> = {");
  for (const { name, value } of statuses) lines.push(`  ${value}: "${name}",`);
  lines.push("};", "");
  for (const { name, result, parameters } of callbacks) {
    const list = parameters.map((one) => `${camel(one.name)}: ${callbackType(one.type)}`).join(", ");
    lines.push(`export type ${pascal(name)} = (${list}) => ${resultType(result)};`);
  }
  for (const { name, members } of structs) {
    lines.push("", `export interface ${pascal(name)} {`);
    for (const member of members) {
      lines.push(`  ${member.name}${member.name === "struct_size" ? "" : "?"}: ${memberType(member)};`);
    }
    lines.push("}");
  }
  lines.push("", "/** Name, result, parameters. */");
  lines.push("export const CALLBACKS: readonly (readonly [string, string, readonly string[]])[] = [");
  for (const { name, result, parameters } of callbacks) {
    const list = parameters.map((one) => (one.type.includes("*") ? "void *" : one.type));
    lines.push(`  ${JSON.stringify([name, result === "void" ? result : koffiType(result), list])},`);
  }
  lines.push("];", "", "/** Name, members, and for arrays how long they are. */");
  lines.push("export const STRUCTS: readonly (readonly [string, readonly (readonly [string, string, number])[]])[] = [");
  for (const { name, members } of structs) {
    const list = members.map((one) => [
      one.name,
      one.type.includes("*") ? "void *" : one.type,
      one.length === null ? 0 : constants.find(({ name }) => name === one.length).value,
    ]);
    lines.push(`  ${JSON.stringify([name, list])},`);
  }
  lines.push("];", "", "/** Name, result, parameters. */");
  lines.push("export const FUNCTIONS: readonly (readonly [string, string, readonly string[]])[] = [");
  for (const { name, result, parameters } of functions) {
    const returns = result === "const char *" ? "str" : result.includes("*") ? "void *" : koffiType(result);
    lines.push(`  ${JSON.stringify([name, returns, parameters.map((one) => koffiType(one.type))])},`);
  }
  lines.push("];", "", "/** Every function with its types. */", "export interface Functions {");
  for (const { name, result, parameters } of functions) {
    const list = parameters.map((one) => `${camel(one.name)}: ${parameterType(one.type)}`);
    const head = `  ${name}(${list.join(", ")}): ${resultType(result)};`;
    if (head.length <= 100) lines.push(head);
    else lines.push(`  ${name}(`, ...list.map((one) => `    ${one},`), `  ): ${resultType(result)};`);
  }
  lines.push("}", "");
  return lines.join("\n");
}

function errors() {
  const lines = [
    "// What can go wrong: one class for each status of the library.",
    "//",
    "// Written from include/signet.h by `npm run generate`; do not edit. A test compares",
    "// the two.",
    "",
    'import { SignetError } from "./failure.js";',
    "",
    'export { SignetError } from "./failure.js";',
  ];
  const classes = statuses.filter((one) => one.value !== 0);
  const className = (name) => `${pascal(name.replace("SIGNET_ERR_", ""))}Error`;
  for (const { name, value, doc } of classes) {
    lines.push("", `/** ${doc} */`, `export class ${className(name)} extends SignetError {`);
    lines.push(`  static override readonly status: number = ${value};`, "}");
  }
  lines.push("", "/** The class of each status. */");
  lines.push("export const ERRORS: ReadonlyMap<number, typeof SignetError> = new Map<number, typeof SignetError>([");
  for (const { name, value } of classes) lines.push(`  [${value}, ${className(name)}],`);
  lines.push("]);", "");
  return lines.join("\n");
}

const check = process.argv.includes("--check");
for (const [file, text] of [["abi.ts", abi()], ["errors.ts", errors()]]) {
  const path = new URL(`packages/core/src/${file}`, import.meta.url);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`packages/core/src/${file} is out of date: npm run generate`);
    process.exitCode = 1;
  }
}
