/** Channels 0 to 255. */
export type Rgb = readonly [red: number, green: number, blue: number];

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** `#rgb`, `#rrggbb` or `#rrggbbaa` (the alpha is dropped); null for anything else. */
export function parseColor(value: string | undefined): Rgb | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6}|[0-9a-f]{8})$/i.exec(value?.trim() ?? "")?.[1];
  if (hex === undefined) return null;
  const full = hex.length === 3 ? hex.replace(/./g, "$&$&") : hex;
  const channel = (index: number) => Number.parseInt(full.slice(index * 2, index * 2 + 2), 16);
  return [channel(0), channel(1), channel(2)];
}

export function formatColor(color: Rgb): string {
  return `#${color.map((channel) => Math.round(channel).toString(16).padStart(2, "0")).join("")}`;
}

/** `share` of `color`, the rest of `other`, as CSS `color-mix(in srgb, …)`. */
export function mix(color: Rgb, other: Rgb, share: number): Rgb {
  const channel = (index: 0 | 1 | 2) => color[index] * share + other[index] * (1 - share);
  return [channel(0), channel(1), channel(2)];
}

/** @see https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(color: Rgb): number {
  const linear = (index: 0 | 1 | 2) => {
    const channel = color[index] / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(0) + 0.7152 * linear(1) + 0.0722 * linear(2);
}

/** 1 to 21. @see https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
export function contrast(one: Rgb, other: Rgb): number {
  const [a, b] = [luminance(one), luminance(other)];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** As a Telegram client sends them: `bg_color: "#ffffff"` and its like, any of them missing. */
export type ThemeParams = { readonly [name: string]: string | undefined };

/** For those who want other colours than their Telegram has. */
export const OWN_THEMES: Record<"light" | "dark", ThemeParams> = {
  light: {
    bg_color: "#ffffff",
    secondary_bg_color: "#f0f1f4",
    section_bg_color: "#ffffff",
    text_color: "#101214",
    hint_color: "#636970",
    link_color: "#1b66a6",
    button_color: "#1f6fb2",
    button_text_color: "#ffffff",
    destructive_text_color: "#b3261e",
    section_separator_color: "#e3e5e9",
  },
  dark: {
    bg_color: "#1a1d21",
    secondary_bg_color: "#111315",
    section_bg_color: "#1f2328",
    text_color: "#f1f3f5",
    hint_color: "#9ba4ad",
    link_color: "#6db3ec",
    button_color: "#2a76b8",
    button_text_color: "#ffffff",
    destructive_text_color: "#f28b82",
    section_separator_color: "#2b3036",
  },
};

export type ThemeColors = {
  /** Values of `--tg-theme-*`, readable on each other. */
  variables: Record<string, string>;
  /** Status colours follow the surface, not the system. */
  isDark: boolean;
};

const MIN_CONTRAST = 4.5;
const STEP = 0.08;

/** Moves `color` towards `goal` until it can be read on every one of `grounds`. */
function readable(color: Rgb, goal: Rgb, grounds: readonly Rgb[]): Rgb {
  for (let share = 1; share > 0; share -= STEP) {
    const candidate = mix(color, goal, share);
    if (grounds.every((ground) => contrast(candidate, ground) >= MIN_CONTRAST)) return candidate;
  }
  return goal;
}

function readableText(wanted: Rgb | null, grounds: readonly Rgb[]): Rgb {
  const worst = (text: Rgb) => Math.min(...grounds.map((ground) => contrast(text, ground)));
  if (wanted && worst(wanted) >= MIN_CONTRAST) return wanted;
  return worst(BLACK) >= worst(WHITE) ? BLACK : WHITE;
}

/**
 * What the page takes from a client's theme. Clients send poor ones (grey on grey, white on pale blue), so whatever cannot be read is
 * moved towards the text colour until it can; hues stay where they were.
 */
export function themeColors(params: ThemeParams): ThemeColors {
  const surface = parseColor(params.bg_color) ?? WHITE;
  const isDark = luminance(surface) < 0.18;
  const section = parseColor(params.section_bg_color) ?? surface;
  const canvas = parseColor(params.secondary_bg_color) ?? mix(surface, isDark ? BLACK : [0, 24, 48], 0.94);
  const text = readableText(parseColor(params.text_color), [surface, section, canvas]);
  const button = parseColor(params.button_color) ?? (isDark ? [79, 171, 200] : [10, 99, 128]);
  const onButton = parseColor(params.button_text_color) ?? readableText(null, [button]);
  const fixedButton = readable(button, luminance(onButton) > 0.5 ? BLACK : WHITE, [onButton]);
  // The customer's own bubbles: the button's colour, thin, over the surface; links and marks stand on them too.
  const grounds = [surface, section, canvas, mix(fixedButton, surface, 0.16)];
  const legible = (name: string, fallback: Rgb) =>
    formatColor(readable(parseColor(params[name]) ?? fallback, text, grounds));
  const quiet = mix(text, surface, 0.72);
  const link = parseColor(params.link_color) ?? fixedButton;
  return {
    isDark,
    variables: {
      "--tg-theme-bg-color": formatColor(surface),
      "--tg-theme-section-bg-color": formatColor(section),
      "--tg-theme-secondary-bg-color": formatColor(canvas),
      "--tg-theme-text-color": formatColor(text),
      "--tg-theme-hint-color": legible("hint_color", quiet),
      "--tg-theme-subtitle-text-color": legible(
        "subtitle_text_color" in params ? "subtitle_text_color" : "hint_color",
        quiet,
      ),
      "--tg-theme-link-color": legible("link_color", link),
      "--tg-theme-accent-text-color": legible("accent_text_color" in params ? "accent_text_color" : "link_color", link),
      "--tg-theme-destructive-text-color": legible("destructive_text_color", isDark ? [242, 139, 130] : [176, 38, 28]),
      "--tg-theme-button-color": formatColor(fixedButton),
      "--tg-theme-button-text-color": formatColor(onButton),
      "--tg-theme-section-separator-color": formatColor(
        parseColor(params.section_separator_color) ?? mix(text, surface, 0.12),
      ),
    },
  };
}
