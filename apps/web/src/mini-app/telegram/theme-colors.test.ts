import { describe, expect, it } from "vitest";
import { contrast, formatColor, mix, parseColor, type Rgb, themeColors } from "./theme-colors.ts";

const color = (value: string | undefined): Rgb => {
  const parsed = parseColor(value);
  if (!parsed) throw new Error(`not a colour: ${value}`);
  return parsed;
};

const TELEGRAM_DAY = {
  bg_color: "#ffffff",
  secondary_bg_color: "#f4f4f5",
  section_bg_color: "#ffffff",
  text_color: "#000000",
  hint_color: "#999999",
  subtitle_text_color: "#999999",
  link_color: "#3390ec",
  accent_text_color: "#3390ec",
  button_color: "#3390ec",
  button_text_color: "#ffffff",
  destructive_text_color: "#df3f40",
};
const POOR = { ...TELEGRAM_DAY, hint_color: "#dddddd", button_color: "#ffe08a", bg_color: "#f5effc" };
const NIGHT = { bg_color: "#1a1d21", text_color: "#f1f3f5", button_color: "#2a76b8", button_text_color: "#ffffff" };

describe("themeColors", () => {
  it.each([
    ["Telegram's own", TELEGRAM_DAY],
    ["a poor one", POOR],
    ["night", NIGHT],
    ["nothing at all", {}],
    ["a dark ground and nothing else", { bg_color: "#000000" }],
    ["text like its ground", { bg_color: "#202020", text_color: "#222222" }],
  ])("makes every text readable: %s", (_name, params) => {
    const { variables } = themeColors(params);
    const value = (name: string) => color(variables[`--tg-theme-${name}`]);
    const ownBubble = mix(value("button-color"), value("bg-color"), 0.16);
    const grounds = [value("bg-color"), value("section-bg-color"), value("secondary-bg-color"), ownBubble];
    for (const name of [
      "subtitle-text-color",
      "hint-color",
      "link-color",
      "accent-text-color",
      "destructive-text-color",
    ]) {
      for (const ground of grounds) expect(contrast(value(name), ground), name).toBeGreaterThanOrEqual(4.45);
    }
    expect(contrast(value("button-text-color"), value("button-color"))).toBeGreaterThanOrEqual(4.45);
  });

  it("leaves a good colour as it was sent", () => {
    expect(themeColors({ ...TELEGRAM_DAY, hint_color: "#636970" }).variables["--tg-theme-hint-color"]).toBe("#636970");
  });

  it("goes by the ground, not by the system", () => {
    expect(themeColors(NIGHT).isDark).toBe(true);
    expect(themeColors(TELEGRAM_DAY).isDark).toBe(false);
  });
});

describe("colours", () => {
  it("reads what clients send and nothing else", () => {
    expect(parseColor("#0af")).toEqual([0, 170, 255]);
    expect(parseColor("#00AAFF")).toEqual([0, 170, 255]);
    expect(parseColor("#00aaff80")).toEqual([0, 170, 255]);
    expect(parseColor("red; background: url(x)")).toBeNull();
    expect(parseColor(undefined)).toBeNull();
    expect(formatColor([0, 170, 255])).toBe("#00aaff");
  });

  it("measures contrast as WCAG does", () => {
    expect(contrast([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
  });
});
