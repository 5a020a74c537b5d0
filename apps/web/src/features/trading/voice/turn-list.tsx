import { useTranslations } from "next-intl";
import { cx } from "../../../ui/cx.ts";
import type { Spoken, Turn } from "./turns.ts";
import type { Tone, VoiceText } from "./use-voice-text.ts";

const TONES: Record<Tone, string> = {
  plain: "text-fg-2",
  muted: "text-muted",
  success: "text-success",
  danger: "text-danger",
};

type TurnListProps = {
  spoken: Spoken;
  /** Words that may still change. */
  interim: string;
  text: VoiceText;
  /** How many of the newest are shown. */
  most: number;
  onAgain: (turn: Turn) => void;
};

/** What was said, and what came of it. */
export function TurnList({ spoken, interim, text, most, onAgain }: TurnListProps) {
  const t = useTranslations("rooms.voice.turn");
  const turns = spoken.turns.slice(-most);
  if (turns.length === 0 && interim === "") return null;
  return (
    <ol className="flex flex-col gap-1.5">
      {turns.map((turn) => {
        const outcome = text.outcome(turn, spoken);
        return (
          <li key={turn.id}>
            <p dir="auto" className={cx("break-words", turn.intentId === null && !turn.failure && "text-muted")}>
              {turn.text}
            </p>
            {outcome ? (
              <p dir="auto" className={cx("num text-12", TONES[outcome.tone])}>
                {outcome.text}
                {turn.failure ? (
                  <button
                    type="button"
                    onClick={() => onAgain(turn)}
                    className="ml-2 min-h-6 font-medium text-accent-text hover:underline"
                  >
                    {t("again")}
                  </button>
                ) : null}
              </p>
            ) : null}
          </li>
        );
      })}
      {interim ? (
        <li dir="auto" className="break-words text-muted italic">
          {interim}
        </li>
      ) : null}
    </ol>
  );
}
