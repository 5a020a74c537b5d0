import { describe, expect, it } from "vitest";
import { uploadFailure } from "./upload.ts";

describe("uploadFailure", () => {
  it("keeps the refusal's key, its params and its wait", () => {
    const body = { error: "The photo is larger than 10 MB", key: "media.tooLarge", params: { megabytes: 10 } };
    expect(uploadFailure(413, JSON.stringify(body), null)).toEqual({
      kind: "tooLarge",
      key: "media.tooLarge",
      params: { megabytes: 10 },
      retryAfterSeconds: null,
    });
    expect(uploadFailure(429, "", "7")).toMatchObject({ kind: "rateLimited", retryAfterSeconds: 7 });
  });

  it("takes no answer for a lost connection and an unknown one for the server's mistake", () => {
    expect(uploadFailure(0, "", null).kind).toBe("offline");
    expect(uploadFailure(502, "<html>", null)).toMatchObject({ kind: "server", key: null });
    expect(uploadFailure(415, "null", null)).toMatchObject({ kind: "invalid", key: null });
  });
});
