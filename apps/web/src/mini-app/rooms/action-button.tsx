import { useId } from "react";
import { cx } from "../../ui/cx.ts";
import type { TelegramClient } from "../telegram/client.ts";
import { useMainButton } from "../telegram/use-main-button.ts";

type ActionButtonProps = {
  telegram: TelegramClient;
  /** Whether this page is what the user sees. */
  isShown: boolean;
  label: string;
  isDisabled: boolean;
  isBusy: boolean;
  /** It has just been done. */
  isDone?: boolean;
  /** Why it cannot be pressed. */
  why: string | null;
  run: () => void;
};

/** The one action of a room: Telegram's own button where there is one, else the page's. Why it is off stands above it. */
export function ActionButton({
  telegram,
  isShown,
  label,
  isDisabled,
  isBusy,
  isDone = false,
  why,
  run,
}: ActionButtonProps) {
  const whyId = useId();
  const press = () => {
    if (isDisabled) return;
    telegram.haptic("tap");
    run();
  };
  const isOwn = telegram.hasButtons;
  useMainButton(isOwn && isShown ? telegram : null, { text: label, isActive: !isDisabled, isBusy, isDone, run: press });
  return (
    <div className={cx("shrink-0 bg-surface px-3 py-2", why || !isOwn ? "border-line border-t" : "hidden")}>
      <p id={whyId} role="status" className="text-center text-13/4 text-muted">
        {why}
      </p>
      {isOwn ? null : (
        <button
          type="button"
          aria-disabled={isDisabled}
          aria-busy={isBusy}
          aria-describedby={whyId}
          onClick={press}
          className={cx(
            "num mt-1.5 flex h-12 w-full items-center justify-center truncate rounded-3 px-4 font-semibold text-16",
            isDisabled && !isBusy && !isDone ? "bg-surface-4 text-fg-2" : "bg-accent text-on-accent",
          )}
        >
          {label}
        </button>
      )}
    </div>
  );
}
