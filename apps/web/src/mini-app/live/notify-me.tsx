import type { KindPreference } from "@pult/api/notices/schema.ts";
import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Reading } from "../../trpc/reading.ts";
import { cx } from "../../ui/cx.ts";
import type { CustomerChat } from "../chat.ts";
import type { TelegramClient } from "../telegram/client.ts";
import { Section } from "./parts.tsx";

const KIND = "notifications.alert";
/** What the second switch asks for, as alerts say it of themselves. */
const SURE = 0.85;

type Choice = Pick<KindPreference, "bot" | "threshold">;

/** What the customer has chosen; null until it was read. A change shows at once, and is taken back when it was not stored. */
function useChoice(chat: CustomerChat, isShown: boolean) {
  const [choice, setChoice] = useState<Choice | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const [reading] = useState(() => new Reading<never>());
  // Read whenever it is shown: another tab of the page may have changed it.
  useEffect(() => {
    if (!isShown) return;
    let isGone = false;
    const stop = chat.follow(({ notifications }) => {
      reading
        .read(() => chat.withSession(() => notifications.preferences.get.query()))
        .then(
          (read) => read && !isGone && setChoice(read.answer.kinds[KIND] ?? null),
          () => {},
        );
      return () => {};
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [chat, isShown, reading]);
  const change = async (next: Choice) => {
    const before = choice;
    reading.drop();
    setChoice(next);
    setFailed(false);
    try {
      await chat.withSession((api) =>
        // What is asked for stands in the list too.
        api.notifications.preferences.set.mutate({ kinds: { [KIND]: { ...next, push: next.bot, inApp: next.bot } } }),
      );
    } catch {
      setChoice(before);
      setFailed(true);
    }
  };
  return { choice, hasFailed, change };
}

type NotifyMeProps = { chat: CustomerChat; telegram: TelegramClient; isShown: boolean };

/** Whether the bot writes to the customer when an alert is published. Nothing where the customer cannot choose. */
export function NotifyMe({ chat, telegram, isShown }: NotifyMeProps) {
  const t = useTranslations("miniApp.live");
  const format = useFormatter();
  const { choice, hasFailed, change } = useChoice(chat, isShown);
  const [isRefused, setRefused] = useState(false);
  if (!choice) return null;
  const toggle = async (bot: boolean) => {
    telegram.haptic("tap");
    setRefused(false);
    await change({ ...choice, bot });
    if (!bot || (await telegram.requestWriteAccess())) return;
    setRefused(true);
    await change({ ...choice, bot: false });
  };
  const toggleSure = (isOnlySure: boolean) => {
    telegram.haptic("tap");
    void change({ ...choice, threshold: isOnlySure ? SURE : null });
  };
  const note = isRefused ? t("writeRefused") : hasFailed ? t("notSaved") : null;
  return (
    <>
      <Section title={t("notifyMe")}>
        <Toggle name={t("notifyAlerts")} isOn={choice.bot} onChange={toggle} />
        <Toggle
          name={t("onlyAbove", { share: format.number(SURE, { style: "percent" }) })}
          isOn={choice.threshold !== null}
          isDisabled={!choice.bot}
          onChange={toggleSure}
        />
      </Section>
      {note ? (
        <p role="alert" className="px-4 pt-2 text-13/4 text-danger">
          {note}
        </p>
      ) : null}
    </>
  );
}

type ToggleProps = { name: string; isOn: boolean; isDisabled?: boolean; onChange: (isOn: boolean) => void };

/** A row of Telegram's size, all of which is the switch. */
function Toggle({ name, isOn, isDisabled = false, onChange }: ToggleProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={isOn}
      disabled={isDisabled}
      onClick={() => onChange(!isOn)}
      className="flex min-h-11 w-full items-center justify-between gap-3 border-line border-t px-4 py-2 text-left outline-offset-[-2px] first:border-t-0 disabled:text-muted"
    >
      {name}
      <span
        className={cx(
          "relative h-[22px] w-[38px] shrink-0 rounded-full transition-colors",
          isOn && !isDisabled ? "bg-accent" : "bg-control",
          isDisabled && "opacity-50",
        )}
      >
        <span
          className={cx(
            "absolute top-0.5 left-0.5 size-[18px] rounded-full transition-transform",
            isOn ? "translate-x-4" : "",
            isOn && !isDisabled ? "bg-on-accent" : "bg-surface",
          )}
        />
      </span>
    </button>
  );
}
