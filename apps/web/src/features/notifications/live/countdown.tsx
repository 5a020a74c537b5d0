import { useTranslations } from "next-intl";
import { cx } from "../../../ui/cx.ts";

/** m:ss, with hours from one on, with days from one on. */
export function countdownText(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${Math.floor(seconds / 60) % 60}:${two(seconds % 60)}`;
  return hours === 0 ? rest : `${hours}:${rest.padStart(5, "0")}`;
}

const WARNING_SHARE = 0.25;
const DANGER_SHARE = 0.1;

const TONES = {
  calm: { text: "text-fg", bar: "bg-accent" },
  warning: { text: "text-warning", bar: "bg-warning" },
  danger: { text: "text-danger", bar: "bg-danger" },
} as const;

function toneOf(share: number): keyof typeof TONES {
  if (share <= DANGER_SHARE) return "danger";
  return share <= WARNING_SHARE ? "warning" : "calm";
}

/** How much of a time span is left, in figures, as a part of the whole, and how urgent that is. */
export function remaining({ from, until, now }: { from: string; until: string; now: number }) {
  const left = Date.parse(until) - now;
  const share = Math.min(1, Math.max(0, left / Math.max(1, Date.parse(until) - Date.parse(from))));
  return { text: countdownText(left), share, tone: TONES[toneOf(share)] };
}

type CountdownProps = { from: string; until: string; now: number; title: string };

/** How long it still lasts, in figures and as a part of the whole. */
export function Countdown({ from, until, now, title }: CountdownProps) {
  const t = useTranslations("live.alerts");
  const { text, share, tone } = remaining({ from, until, now });
  return (
    <span role="timer" title={title} className="flex items-center gap-2">
      <span className={cx("num min-w-11 whitespace-nowrap font-semibold", tone.text)}>
        <span className="sr-only">{t("closesIn")} </span>
        {text}
      </span>
      <span
        aria-hidden
        className="h-1 min-w-4 max-w-14 flex-1 overflow-hidden rounded-full bg-surface-4 @max-2xl:hidden"
      >
        <span className={cx("block h-full rounded-full", tone.bar)} style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}
