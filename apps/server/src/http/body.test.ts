import { buffer } from "node:stream/consumers";
import { brotliCompressSync, deflateSync, gzipSync } from "node:zlib";
import { findDomainError } from "@pult/api/errors.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestServer, type TestServer } from "../adapters/test-server.ts";
import { sendJson } from "./answers.ts";
import { readForm, readJson } from "./body.ts";
import { readMultipart } from "./multipart.ts";

const LIMIT = 1_000;
const latin = (text: string) => Buffer.from(text, "latin1");
/** "привет" */
const CYRILLIC_1251 = Buffer.from([0xef, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]);

describe("A body", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(async (request, response) => {
      try {
        const type = request.headers["content-type"] ?? "";
        if (type.startsWith("multipart/")) {
          const files: string[] = [];
          const fields = await readMultipart(request, {
            maxFiles: 1,
            maxFileBytes: LIMIT,
            async onFile(name, content) {
              files.push(`${name}: ${(await buffer(content)).toString("latin1")}`);
            },
          });
          sendJson(response, 200, { ...Object.fromEntries(fields), files });
        } else if (type.includes("urlencoded"))
          sendJson(response, 200, Object.fromEntries(await readForm(request, LIMIT)));
        else sendJson(response, 200, await readJson(request, LIMIT));
      } catch (error) {
        const { code = "FAULT", message = String(error) } = findDomainError(error) ?? {};
        sendJson(response, 400, { code, message });
      }
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function send(body: Uint8Array | string, headers: Record<string, string>): Promise<unknown> {
    const response = await fetch(server.origin, { method: "POST", headers, body: Buffer.from(body) });
    return response.json();
  }

  const JSON_TYPE = { "content-type": "application/json" };
  const text = '{"text":"привет"}';
  const in1251 = Buffer.concat([latin('{"text":"'), CYRILLIC_1251, latin('"}')]);
  const read = { text: "привет" };
  const UNSUPPORTED = { code: "UNSUPPORTED_MEDIA" };
  const MALFORMED = { code: "VALIDATION" };

  it.each<[what: string, body: Uint8Array | string, headers: Record<string, string>, expected: object]>([
    ["with a byte order mark", `\ufeff${text}`, {}, read],
    ["in UTF-16 by its mark", Buffer.from(`\ufeff${text}`, "utf16le"), {}, read],
    ["in the charset that it declares", in1251, { "content-type": 'application/json; charset="Windows-1251"' }, read],
    ["in an unknown charset", text, { "content-type": "application/json;charset=klingon" }, UNSUPPORTED],
    ["of bytes that are no UTF-8", in1251, {}, { ...MALFORMED, message: "The text is not valid utf-8" }],
    ["in gzip", gzipSync(text), { "content-encoding": "gzip" }, read],
    ["in deflate", deflateSync(text), { "content-encoding": "Deflate" }, read],
    ["in br", brotliCompressSync(text), { "content-encoding": "br" }, read],
    ["that is no gzip", text, { "content-encoding": "gzip" }, MALFORMED],
    ["in zstd", text, { "content-encoding": "zstd" }, UNSUPPORTED],
    [
      "that grows past the limit",
      gzipSync(`"${"x".repeat(9_000)}"`),
      { "content-encoding": "gzip" },
      { code: "PAYLOAD_TOO_LARGE" },
    ],
    ["that breaks off in gzip", gzipSync(text).subarray(0, 12), { "content-encoding": "gzip" }, MALFORMED],
  ])("%s is read or refused by name", async (_what, body, headers, expected) => {
    expect(await send(body, { ...JSON_TYPE, ...headers })).toMatchObject(expected);
  });

  it("of a form has escapes in its charset", async () => {
    const type = "application/x-www-form-urlencoded";
    const escaped = [...CYRILLIC_1251].map((byte) => `%${byte.toString(16)}`).join("");
    expect(await send(`text=${escaped}+1&b=x=y`, { "content-type": `${type}; charset=windows-1251` })).toEqual({
      text: "привет 1",
      b: "x=y",
    });
    expect(await send(`text=${escaped}`, { "content-type": type })).toMatchObject(MALFORMED);
    expect(await send("text=%D0%B9&empty", { "content-type": type })).toEqual({ text: "й", empty: "" });
  });

  type Part = [headers: string[], content: Uint8Array | string];
  const field = (name: string, ...more: string[]) => [`Content-Disposition: form-data; name="${name}"`, ...more];
  const file = (fileName: string, ...more: string[]) => [
    `Content-Disposition: form-data; name="photo"; filename="${fileName}"`,
    ...more,
  ];
  const form = (parts: Part[]) =>
    Buffer.concat([
      ...parts.map(([headers, content]) =>
        Buffer.concat([Buffer.from(`--X\r\n${headers.join("\r\n")}\r\n\r\n`), Buffer.from(content), latin("\r\n")]),
      ),
      latin("--X--\r\n"),
    ]);
  const base64 = "Content-Transfer-Encoding: base64";

  it.each<[what: string, parts: Part[], expected: object]>([
    [
      "a part in its own charset",
      [[field("a", "Content-Type: text/plain; charset=windows-1251"), CYRILLIC_1251]],
      { a: "привет" },
    ],
    [
      "a form's `_charset_`",
      [
        [field("a"), CYRILLIC_1251],
        [field("_charset_"), "windows-1251"],
      ],
      { a: "привет" },
    ],
    ["bytes that are no UTF-8", [[field("a"), CYRILLIC_1251]], MALFORMED],
    ["an unknown charset", [[field("a", "Content-Type: text/plain; charset=klingon"), "x"]], UNSUPPORTED],
    ["a field in base64", [[field("a", base64), Buffer.from("привет").toString("base64")]], { a: "привет" }],
    ["a file in base64, in lines", [[file("a.png", base64), "aGVs\r\nbG8h\r\n"]], { files: ["photo: hello!"] }],
    ["a file that is no base64", [[file("a.png", base64), "a*b"]], MALFORMED],
    ["another transfer encoding", [[file("a.png", "Content-Transfer-Encoding: x-uuencode"), "x"]], UNSUPPORTED],
    [
      "empty file inputs beside a file",
      [
        [file(""), ""],
        [file("a.png"), "x"],
        [file(""), ""],
      ],
      { files: ["photo: x"] },
    ],
    [
      "one file too many",
      [
        [file("a.png"), "x"],
        [file("b.png"), "y"],
      ],
      MALFORMED,
    ],
  ])("of a form with %s is read or refused by name", async (_what, parts, expected) => {
    expect(await send(form(parts), { "content-type": "multipart/form-data; boundary=X" })).toMatchObject(expected);
  });

  it("of a form that was compressed is refused by name", async () => {
    const headers = { "content-type": "multipart/form-data; boundary=X", "content-encoding": "gzip" };
    expect(await send(gzipSync(form([[field("a"), "x"]])), headers)).toMatchObject(UNSUPPORTED);
  });
});
