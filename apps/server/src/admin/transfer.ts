import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { text } from "node:stream/consumers";
import { parseJson } from "../adapters/parse-json.ts";
import { RefusedError, type Tools } from "./command.ts";

type Route = Tools["route"];

interface Call {
  method: "GET" | "POST";
  path: string;
  /** Sent as the body. */
  file?: string;
  sent?(bytes: number, of: number): void;
}

/**
 * One call of a route that streams. Unlike `fetch` it gives up only when the connection does, because a large installation takes its time.
 * @throws RefusedError when the server refuses
 */
export async function callRoute({ url, token }: Route, call: Call): Promise<IncomingMessage> {
  const response = await open(new URL(call.path, url), { ...call, token });
  if (response.statusCode === 200) return response;
  const { error } = (parseJson(await text(response)) ?? {}) as { error?: unknown };
  throw new RefusedError(typeof error === "string" ? error : `${url} answered ${response.statusCode}`);
}

async function open(address: URL, call: Call & { token: string }): Promise<IncomingMessage> {
  const { method, token, file, sent } = call;
  const size = file === undefined ? 0 : (await stat(file)).size;
  const headers = { authorization: `Bearer ${token}`, ...(file === undefined ? {} : { "content-length": size }) };
  return new Promise((resolve, reject) => {
    const request = (address.protocol === "https:" ? requestHttps : requestHttp)(address, { method, headers });
    let isAnswered = false;
    request.on("response", (response) => {
      isAnswered = true;
      resolve(response);
    });
    // A refusal may come, and the connection end, before everything is sent.
    request.on("error", (error) => {
      if (!isAnswered) reject(error);
    });
    if (file === undefined) {
      request.end();
      return;
    }
    const source = createReadStream(file);
    let bytes = 0;
    source.on("data", (chunk) => {
      bytes += chunk.length;
      sent?.(bytes, size);
    });
    source.on("error", reject);
    source.pipe(request);
  });
}
