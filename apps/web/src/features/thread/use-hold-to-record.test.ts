import { expect, it } from "vitest";
import { releaseOf } from "./use-hold-to-record.ts";

it("takes a short press for a click, and tells sending from discarding by where it ends", () => {
  const near = { x: 20, y: -30 };
  expect(releaseOf(150, near)).toBeNull();
  expect(releaseOf(2_000, near)).toBe("send");
  expect(releaseOf(2_000, { x: -120, y: 0 })).toBe("discard");
  expect(releaseOf(150, { x: -120, y: 0 })).toBeNull();
});
