// JavaScript values as JSON text, in whatever spelling: the library judges it.

/** JSON text that goes to the library byte for byte, with every digit of its numbers. */
export class RawJson {
  readonly bytes: Uint8Array;

  constructor(text: string | Uint8Array) {
    this.bytes = typeof text === "string" ? utf8(text) : text;
  }

  // JSON.stringify cannot write it; `write` below can.
  toJSON(): never {
    throw new TypeError("RawJson is written by this package alone");
  }
}

/**
 * The JSON text of a value. A BigInt is written with every digit, RawJson as it is. NaN
 * and the infinities, which JSON.stringify would turn into null, are refused.
 */
export function toJson(value: unknown): Uint8Array {
  if (value instanceof RawJson) return value.bytes;
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    return writeText(value);
  }
  if (text === undefined) throw new TypeError(`${typeof value} has no JSON text`);
  return text.includes("null") ? writeText(value) : Buffer.from(text, "utf8");
}

/** The bytes of a text that is JSON already, or the JSON text of any other value. */
export function jsonText(value: string | object): Uint8Array {
  return typeof value === "string" ? utf8(value) : toJson(value);
}

/** The bytes of a text. Half of a surrogate pair becomes bytes that are no UTF-8, which
 * the library refuses; Buffer would put another character in its place. */
export function utf8(text: string): Uint8Array {
  if (typeof text !== "string") throw new TypeError(`expected a string, not ${typeof text}`);
  const bytes = Buffer.from(text, "utf8");
  if (!bytes.includes("\ufffd") || text.toWellFormed() === text) return bytes;
  const parts = [...text].map((one) => {
    const unit = one.charCodeAt(0);
    const half = one.length === 1 && unit >= 0xd800 && unit <= 0xdfff;
    return half
      ? Buffer.from([0xe0 | (unit >> 12), 0x80 | ((unit >> 6) & 0x3f), 0x80 | (unit & 0x3f)])
      : Buffer.from(one, "utf8");
  });
  return Buffer.concat(parts);
}

// Deeper than the library reads.
const MAX_DEPTH = 1000;

function writeText(value: unknown): Uint8Array {
  const parts: Uint8Array[] = [];
  const put = (text: string): void => void parts.push(Buffer.from(text, "utf8"));
  if (!write(value, "", put, parts, 0)) throw new TypeError(`${typeof value} has no JSON text`);
  return Buffer.concat(parts);
}

/** Writes a value as JSON.stringify does, but for numbers. False where it has no text. */
function write(
  given: unknown,
  key: string,
  put: (text: string) => void,
  parts: Uint8Array[],
  depth: number,
): boolean {
  if (depth > MAX_DEPTH) throw new TypeError("the value is cyclic or nested too deeply for JSON");
  if (given instanceof RawJson) {
    parts.push(given.bytes);
    return true;
  }
  const toJSON = (given as { toJSON?: unknown } | null | undefined)?.toJSON;
  const value = typeof toJSON === "function" ? toJSON.call(given, key) : given;
  switch (typeof value) {
    case "bigint":
      put(value.toString());
      return true;
    case "number":
      if (!Number.isFinite(value)) throw new TypeError(`${value} has no JSON text`);
      put(JSON.stringify(value));
      return true;
    case "string":
    case "boolean":
      put(JSON.stringify(value));
      return true;
    case "object":
      break;
    default:
      return false;
  }
  if (value === null) {
    put("null");
  } else if (value instanceof Number || value instanceof String || value instanceof Boolean) {
    return write(value.valueOf(), key, put, parts, depth + 1);
  } else if (Array.isArray(value)) {
    put("[");
    value.forEach((one, index) => {
      if (index > 0) put(",");
      if (!write(one, String(index), put, parts, depth + 1)) put("null");
    });
    put("]");
  } else {
    let separator = "{";
    for (const [name, member] of Object.entries(value as object)) {
      const head = `${separator}${JSON.stringify(name)}:`;
      const at = parts.length;
      put(head);
      if (write(member, name, put, parts, depth + 1)) separator = ",";
      else parts.length = at;
    }
    if (separator === "{") put("{");
    put("}");
  }
  return true;
}
