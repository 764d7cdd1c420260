// What include/signet.h declares, read from its text. For the generator and the tests.

import { readFileSync } from "node:fs";

export const HEADER = new URL("../include/signet.h", import.meta.url);

/** Reads the header: constants, statuses, handles, structs, callbacks and functions. */
export function readHeader(text = readFileSync(HEADER, "utf8")) {
  const code = text
    .replace(/\/\*[\s\S]*?\*\//g, " ")
    .replace(/\\\n/g, " ")
    .split("\n")
    .filter((line) => !line.startsWith("#"))
    .join("\n");

  /** "const char *" and "name" of "const char *name". */
  const declaration = (one) => {
    const [, type, name] = /^([\s\S]*?)(\w+)$/.exec(one.trim());
    const tidy = type.replace(/\s+/g, " ").replace(/ ?\* ?/g, " *").replace(/\* \*/g, "**").trim();
    return { type: tidy.replace("*const", "* const"), name };
  };
  const parameters = (list) =>
    ["", "void"].includes(list.trim()) ? [] : list.split(",").map(declaration);

  const functions = [];
  for (const [, head, list] of code.matchAll(
    /SIGNET_EXPORT\s+(?:SIGNET_NODISCARD\s+)?([^;()]*?)\(([^()]*)\)\s*;/g,
  )) {
    const { type, name } = declaration(head);
    functions.push({ name, result: type, parameters: parameters(list) });
  }

  const callbacks = [];
  for (const [, result, name, list] of code.matchAll(
    /typedef ([^;()]*?)\(\*(\w+)\)\(([^()]*)\)\s*;/g,
  )) {
    callbacks.push({ name, result: result.trim(), parameters: parameters(list) });
  }

  const structs = [];
  for (const [, body, name] of code.matchAll(/typedef struct \{([^{}]*)\} (\w+);/g)) {
    const members = body.split(";").filter((line) => line.trim()).map((line) => {
      const array = /^([\s\S]*)\[(\w+)\]$/.exec(line.trim());
      return { ...declaration(array ? array[1] : line), length: array ? array[2] : null };
    });
    structs.push({ name, members });
  }

  const handles = [...code.matchAll(/typedef struct (signet_\w+) \1;/g)].map(([, name]) => name);

  const numbers = { UINT64_MAX: 2n ** 64n - 1n, INT64_MAX: 2n ** 63n - 1n, INT64_MIN: -(2n ** 63n) };
  const constants = [];
  for (const [, name, value] of text.matchAll(/^#define (SIGNET_\w+)[ \t]+(\S+)[ \t]*$/gm)) {
    if (/^"[^"]*"$/.test(value)) constants.push({ name, value: JSON.parse(value) });
    else if (/^\d+$/.test(value)) constants.push({ name, value: Number(value) });
    else if (value in numbers) constants.push({ name, value: numbers[value] });
  }

  const statuses = [];
  const body = /enum signet_status[\s\S]*?\{([\s\S]*?)\n\};/.exec(text)[1];
  for (const [, comment, name, value] of body.matchAll(/\/\*\*([\s\S]*?)\*\/\s*(\w+) = (\d+),/g)) {
    const doc = comment.replace(/^\s*\*\s?/gm, "").replace(/\s+/g, " ").trim();
    statuses.push({ name, value: Number(value), doc });
  }
  return { functions, callbacks, structs, handles, constants, statuses };
}
