import type { KindPreference } from "@pult/api/notices/schema.ts";
import { useFormatter, useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { Reading } from "../../trpc/reading.ts";
import { cx } from "../../ui/cx.ts";
import type { CustomerChat } from "../chat.ts";
import type { TelegramClient } from "../telegram/client.ts";
import { Section } from "./parts.tsx";

const ALERT = "notifications.alert";
const ANSWER = "support.answer";
/** What the second switch asks for, as alerts say it of themselves. */
const SURE = 0.85;

type Kind = typeof ALERT | typeof ANSWER;
type Choices = Partial<Record<Kind, KindPreference>>;

/** What the customer has chosen; null until it was read. A change shows at once, and is taken back when it was not stored. */
function useChoices(chat: CustomerChat, isShown: boolean) {
  const [choices, setChoices] = useState<Choices | null>(null);
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
          (read) => read && !isGone && setChoices(read.answer.kinds),
          () => {},
        );
      return () => {};
    });
    return () => {
      isGone = true;
      stop();
    };
  }, [chat, isShown, reading]);
  const change = async (kind: Kind, next: Partial<KindPreference>) => {
    const before = choices;
    reading.drop();
    setChoices((now) => (now?.[kind] ? { ...now, [kind]: { ...now[kind], ...next } } : now));
    setFailed(false);
    try {
      await chat.withSession((api) => api.notifications.preferences.set.mutate({ kinds: { [kind]: next } }));
    } catch {
      setChoices(before);
      setFailed(true);
    }
  };
  return { choices, hasFailed, change };
}

type NotifyMeProps = {
  chat: CustomerChat;
  telegram: TelegramClient;
  isShown: boolean;
  title: string;
  /** Whether answers of the team can be chosen too. */
  hasAnswers?: boolean;
};

/** Of what the bot writes to the customer. Nothing where the customer cannot choose. */
export function NotifyMe({ chat, telegram, isShown, title, hasAnswers = false }: NotifyMeProps) {
  const t = useTranslations("miniApp.live");
  const format = useFormatter();
  const { choices, hasFailed, change } = useChoices(chat, isShown);
  const [isRefused, setRefused] = useState(false);
  const { [ALERT]: alert, [ANSWER]: answer } = choices ?? {};
  if (!alert) return null;
  const toggle = (kind: Kind, routesOf: (isOn: boolean) => Partial<KindPreference>) => async (isOn: boolean) => {
    telegram.haptic("tap");
    setRefused(false);
    await change(kind, routesOf(isOn));
    if (!isOn || (await telegram.requestWriteAccess())) return;
    setRefused(true);
    await change(kind, routesOf(false));
  };
  const toggleSure = (isOnlySure: boolean) => {
    telegram.haptic("tap");
    void change(ALERT, { threshold: isOnlySure ? SURE : null });
  };
  const note = isRefused ? t("writeRefused") : hasFailed ? t("notSaved") : null;
  return (
    <>
      <Section title={title}>
        {hasAnswers && answer ? (
          <Toggle
            name={t("notifyAnswers")}
            isOn={answer.bot}
            onChange={toggle(ANSWER, (bot) => ({ bot, push: bot }))}
          />
        ) : null}
        {/* What is asked for stands in the list too. */}
        <Toggle
          name={t("notifyAlerts")}
          isOn={alert.bot}
          onChange={toggle(ALERT, (bot) => ({ bot, push: bot, inApp: bot }))}
        />
        <Toggle
          name={t("onlyAbove", { share: format.number(SURE, { style: "percent" }) })}
          isOn={alert.threshold !== null}
          isDisabled={!alert.bot}
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
