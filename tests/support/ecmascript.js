// RFC 8785 by the language that defined it: JSON.parse, JSON.stringify and the
// order in which sort() puts strings. Reads a file of lines, each a JSON array
// of texts; answers each with the canonical form of the first and with the
// others after JSON.parse and JSON.stringify.

function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}

const lines = require("fs").readFileSync(process.argv[2], "utf8").split("\n");
const answers = lines.filter(Boolean).map((line) => {
  const [first, ...others] = JSON.parse(line);
  const passed = others.map((text) => JSON.stringify(JSON.parse(text)));
  return JSON.stringify([canonical(JSON.parse(first)), ...passed]);
});
process.stdout.write(answers.join("\n"));
