import { readdirSync, readFileSync } from "node:fs";

/** One documented request. Lines begin with `>` request, `<` answer as documented, `=` answer as served, `#` remark. */
export interface Transcript {
  name: string;
  method: string;
  /** With its query. */
  path: string;
  contentType: string | null;
  /** As in the document, byte for byte; `{{photo}}` stands for a photo's bytes. */
  body: string | null;
  status: number;
  /** The document's own answer, as printed there; null where it prints none. */
  documented: string | null;
  /** What is served; `{{name}}` stands for a value that differs each time. */
  served: string;
}

const HERE = new URL("./", import.meta.url);

/** The requests in the order in which they are to be replayed. */
export function readTranscripts(): Transcript[] {
  return readdirSync(HERE)
    .filter((name) => name.endsWith(".http"))
    .sort()
    .map((name) => parse(name, readFileSync(new URL(name, HERE), "utf8")));
}

export type Frame = { from: "client" | "server" | "rest"; text: string };

/** The frames of `socket.txt`; `rest` is a body for `POST /send_message`. */
export function readFrames(): Frame[] {
  const kinds: Record<string, Frame["from"]> = { ">": "client", "=": "server", "!": "rest" };
  return readFileSync(new URL("socket.txt", HERE), "utf8")
    .split("\n")
    .flatMap((line) => {
      const from = kinds[line[0] ?? ""];
      return from ? [{ from, text: line.slice(2) }] : [];
    });
}

function parse(name: string, file: string): Transcript {
  const linesOf = (mark: string) => file.split("\n").flatMap((line) => (line.startsWith(mark) ? [line.slice(2)] : []));
  const [target = "", ...rest] = linesOf(">");
  const [method = "", path = ""] = target.split(" ");
  const contentType = rest[0]?.startsWith("content-type: ") ? rest[0].slice("content-type: ".length) : null;
  const lineEnd = contentType?.startsWith("multipart/") ? "\r\n" : "\n";
  const documented = linesOf("<");
  const served = linesOf("=");
  const status = Number(documented[0] ?? served[0]);
  return {
    name,
    method,
    path,
    contentType,
    body: contentType === null ? null : rest.slice(2).join(lineEnd),
    status,
    documented: documented.length > 0 ? documented.slice(1).join("\n") : null,
    served: served.at(-1) ?? "",
  };
}

const PATTERNS: Record<string, string> = {
  message_id: "[1-9][0-9]*",
  file: "[A-Za-z0-9_-]{22}",
  instant: "[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}",
  reason: '[^"]+',
  sid: "[A-Za-z0-9_-]{20}",
};

/** Matches exactly the bytes of a served line, whatever its placeholders stand for. */
export function toPattern(served: string): RegExp {
  const parts = served.split(/\{\{(\w+)\}\}/);
  const source = parts
    .map((part, at) => (at % 2 === 1 ? (PATTERNS[part] ?? "(?!)") : part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")))
    .join("");
  return new RegExp(`^${source}$`, "u");
}

/** The served line with these values in the place of its placeholders. */
export const fill = (served: string, values: Record<string, string>): string =>
  served.replaceAll(/\{\{(\w+)\}\}/g, (_all, name: string) => values[name] ?? `{{${name}}}`);
