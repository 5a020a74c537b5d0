import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TypingNotice } from "./typing-notice.ts";

describe("TypingNotice", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function notice() {
    const told: boolean[] = [];
    return { told, notice: new TypingNotice((typing) => told.push(typing)) };
  }

  it("tells at once, not at every key, and again after a while", () => {
    const { told, notice: typing } = notice();
    typing.typed();
    typing.typed();
    vi.advanceTimersByTime(3_100);
    typing.typed();
    expect(told).toEqual([true, true]);
  });

  it("reports the stop, by call or after a pause", () => {
    const { told, notice: typing } = notice();
    typing.typed();
    typing.stopped();
    typing.stopped();
    typing.typed();
    vi.advanceTimersByTime(6_000);
    expect(told).toEqual([true, false, true, false]);
  });
});
