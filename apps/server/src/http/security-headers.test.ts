import type { IncomingMessage, ServerResponse } from "node:http";
import { expect, it } from "vitest";
import { setPageHeaders } from "./security-headers.ts";

const connectSources = (audioUrl: string | undefined): string | undefined => {
  let policy = "";
  const request = { url: "/app", headers: {} } as IncomingMessage;
  const response = { setHeader: (_: string, value: string) => (policy = value) } as unknown as ServerResponse;
  setPageHeaders(request, response, { sandbox: false, secure: true, dev: false, audioUrl });
  return /connect-src ([^;]+);/.exec(policy)?.[1];
};

it("lets pages ask the audio server over HTTP, and no other server", () => {
  expect(connectSources("wss://voice.example.com/path")).toBe("'self' ws: wss: https://voice.example.com");
  expect(connectSources("ws://127.0.0.1:7880")).toBe("'self' ws: wss: http://127.0.0.1:7880");
  expect(connectSources(undefined)).toBe("'self' ws: wss:");
});
