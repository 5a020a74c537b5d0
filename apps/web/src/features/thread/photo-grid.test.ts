import { expect, it } from "vitest";
import { photoSpans, singleSize } from "./photo-grid.tsx";

it.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])("fills every row with %i photos", (count) => {
  const spans = photoSpans(count);
  expect(spans).toHaveLength(count);
  expect(spans.reduce((sum, span) => sum + span, 0) % 6).toBe(0);
});

it("keeps the shape of a single photo within its box", () => {
  expect(singleSize({ width: 3000, height: 2000 })).toEqual({ width: 316, height: 211 });
  expect(singleSize({ width: 1000, height: 4000 })).toEqual({ width: 96, height: 320 });
  expect(singleSize({ width: 100, height: 80 })).toEqual({ width: 100, height: 80 });
});
