import { describe, expect, it } from "vitest";
import { layoutHeight, sumInsets } from "./viewport-layout.ts";

describe("layoutHeight", () => {
  it("is the stable height, whatever is being dragged", () => {
    expect(layoutHeight({ stable: 500, visual: 812, window: 812 })).toBe(500);
  });

  it("is what the keyboard leaves", () => {
    expect(layoutHeight({ stable: 780, visual: 430, window: 780 })).toBe(430);
    expect(layoutHeight({ stable: null, visual: 430, window: 780 })).toBe(430);
  });

  it("is the window's without a client", () => {
    expect(layoutHeight({ stable: null, visual: 760, window: 780 })).toBe(780);
    expect(layoutHeight({ stable: 0, visual: 780, window: 780 })).toBe(780);
  });
});

it("sums the device's insets and the client's", () => {
  const device = { top: 47, right: 0, bottom: 34, left: 0 };
  const content = { top: 46, right: 0, bottom: 0, left: 0 };
  expect(sumInsets(device, content)).toEqual({ top: 93, right: 0, bottom: 34, left: 0 });
});
