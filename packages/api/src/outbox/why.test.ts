import { describe, expect, it } from "vitest";
import { PROBLEMS, readWhy, why } from "./why.ts";

const PARAMS = {
  ...{ service: "Telegram", status: 502, until: "8:00", timeZone: "UTC", seconds: 30, limit: 20 },
  subject: "support.message:1",
};

describe("readWhy", () => {
  it.each(PROBLEMS)("recognises %s with its parameters", (problem) => {
    const { reason } = why(problem, PARAMS);
    const found = readWhy(`sendMessage: ${reason} (ECONNRESET)`);
    expect(found?.problem).toBe(problem);
    expect(why(problem, found?.params).reason).toBe(reason);
  });

  it("names what Telegram says where it is known, and leaves other words to it", () => {
    expect(readWhy("Bad Request: chat not found")).toBeNull();
    expect(readWhy("Forbidden: bot was blocked by the user")).toEqual({ problem: "blocked", params: {} });
  });
});
