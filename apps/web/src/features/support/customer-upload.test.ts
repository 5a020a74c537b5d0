import { describe, expect, it } from "vitest";
import { uploadFailure } from "./customer-upload.ts";

describe("uploadFailure", () => {
  it("keeps the server's words and its wait", () => {
    expect(uploadFailure(415, '{"error":"Not a photo"}', null)).toEqual({
      kind: "invalid",
      detail: "Not a photo",
      retryAfterSeconds: null,
    });
    expect(uploadFailure(429, "", "7")).toMatchObject({ kind: "rateLimited", retryAfterSeconds: 7 });
  });

  it("takes no answer for a lost connection and an unknown one for the server's mistake", () => {
    expect(uploadFailure(0, "", null).kind).toBe("offline");
    expect(uploadFailure(502, "<html>", null)).toMatchObject({ kind: "server", detail: null });
  });
});
