import { CircleAlert, Lock } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { useConnection } from "../../../trpc/connection.tsx";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { Field, Input, inputClass } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Kbd } from "../../../ui/marks.tsx";
import { Segmented } from "../../../ui/segmented.tsx";
import { Checkbox } from "../../../ui/switch.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { useKeyText } from "../../shell/commands.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { toLocalField } from "../../support/actions/snooze-times.ts";
import { useNoBroadcastText, useNotificationRights } from "../rights.ts";
import { CALLS_PER_MINUTE, MAX_LENGTH, planOf } from "./broadcast-plan.ts";
import { TelegramPreview } from "./telegram-preview.tsx";
import { TopicsField } from "./topics-field.tsx";
import { useSendBroadcast } from "./use-broadcasts.ts";
import { type Draft, useDraft } from "./use-draft.ts";

const HOUR_MS = 3_600_000;

type PartProps = { draft: Draft; set: (changes: Partial<Draft>) => void };

function Message({ draft: { text, pin, startsAt }, set }: PartProps) {
  const t = useTranslations("live.broadcast");
  const format = useFormatter();
  const [look, setLook] = useState<"write" | "preview">("write");
  const { length } = text.trim();
  const options = (["write", "preview"] as const).map((value) => ({ value, label: t(`look.${value}`) }));
  const count = t("length", { length: format.number(length), max: format.number(MAX_LENGTH) });
  const isTooLong = length > MAX_LENGTH;
  return (
    <div>
      <Field
        label={t("message")}
        hint={t("plainText")}
        error={isTooLong ? t("tooLong", { count: length - MAX_LENGTH }) : undefined}
        aside={<Segmented label={t("looks")} value={look} options={options} onChange={setLook} className="-mt-1.5" />}
      >
        {(control) =>
          look === "write" || text.trim() === "" ? (
            <textarea
              {...control}
              value={text}
              rows={5}
              dir="auto"
              placeholder={t("placeholder")}
              onChange={(event) => set({ text: event.currentTarget.value })}
              className={cx(inputClass(), "block h-auto min-h-28 resize-y py-1.5 text-14")}
            />
          ) : (
            <TelegramPreview text={text.trim()} isPinned={pin} at={startsAt ?? new Date().toISOString()} />
          )
        }
      </Field>
      <p className={cx("num -mt-4 text-right text-12", isTooLong ? "text-danger" : "text-muted")}>{count}</p>
    </div>
  );
}

function Pinning({ draft: { pin, unpinPrevious }, set }: PartProps) {
  const t = useTranslations("live.broadcast");
  const id = useId();
  return (
    <div className="-ml-2 grid grid-cols-[auto_minmax(0,1fr)] items-center">
      <Checkbox id={`${id}-pin`} checked={pin} onChange={(checked) => set({ pin: checked })} />
      <label htmlFor={`${id}-pin`}>{t("pin")}</label>
      <Checkbox
        id={`${id}-unpin`}
        checked={pin && unpinPrevious}
        disabled={!pin}
        aria-describedby={pin ? undefined : `${id}-why`}
        onChange={(checked) => set({ unpinPrevious: checked })}
      />
      <span>
        <label htmlFor={`${id}-unpin`}>{t("unpin")}</label>
        {pin ? null : (
          <span id={`${id}-why`} className="block text-12 text-muted">
            {t("unpinNeedsPin")}
          </span>
        )}
      </span>
    </div>
  );
}

function Schedule({ draft: { startsAt }, set }: PartProps) {
  const t = useTranslations("live.broadcast");
  const now = useNow(10_000);
  const options = (["now", "later"] as const).map((value) => ({ value, label: t(`when.${value}`) }));
  const isPast = startsAt !== null && Date.parse(startsAt) <= now;
  const choose = (when: "now" | "later") =>
    set({ startsAt: when === "now" ? null : toLocalField(new Date(Date.now() + HOUR_MS)) });
  return (
    <div className="flex flex-wrap items-start gap-2">
      <Segmented
        label={t("whenLabel")}
        value={startsAt === null ? "now" : "later"}
        options={options}
        onChange={choose}
      />
      {startsAt === null ? null : (
        <div className="min-w-0 flex-1">
          <Field bare label={t("startsAt")} error={isPast ? t("inPast") : undefined}>
            {(control) => (
              <Input
                {...control}
                type="datetime-local"
                value={startsAt}
                min={toLocalField(new Date(now))}
                onChange={(event) => set({ startsAt: event.currentTarget.value })}
                className="num max-md:h-11"
              />
            )}
          </Field>
        </div>
      )}
    </div>
  );
}

/** What it costs, before it is sent. */
function Budget({ draft: { topics, pin, unpinPrevious } }: Pick<PartProps, "draft">) {
  const t = useTranslations("live.broadcast");
  const count = Math.max(1, topics.length);
  const { calls, minutes } = planOf({ topics: count, pin, unpinPrevious });
  const cell = (label: string, value: ReactNode) => (
    <div className="min-w-0 border-line border-r px-2.5 py-1.5 last:border-0">
      <dt className="truncate text-11 text-muted">{label}</dt>
      <dd className="num truncate font-semibold">{value}</dd>
    </div>
  );
  return (
    <dl className="grid grid-cols-3 rounded-2 border border-line bg-surface">
      {cell(t("calls"), t(pin && unpinPrevious ? "atMost" : "exactly", { count: calls }))}
      {cell(t("limit"), t("perMinute", { count: CALLS_PER_MINUTE }))}
      {cell(t("doneIn"), t("duration", { minutes }))}
    </dl>
  );
}

/** Why it cannot be sent as it is; null when it can. */
function useObstacle(
  { text, startsAt }: Draft,
  isRunning: boolean | null,
): { reason: string | null; note: string | null } {
  const t = useTranslations("live.broadcast");
  const { phase } = useConnection();
  const now = useNow(10_000);
  const length = text.trim().length;
  const reason = () => {
    if (phase === "offline") return t("obstacle.offline");
    if (length === 0) return t("obstacle.empty");
    if (length > MAX_LENGTH) return t("obstacle.tooLong");
    if (startsAt !== null && !(Date.parse(startsAt) > now)) return t("obstacle.past");
    return null;
  };
  return { reason: reason(), note: isRunning === false ? t("notRunning") : null };
}

const toInput = ({ text, topics, pin, unpinPrevious, startsAt }: Draft) => ({
  text: text.trim(),
  pin,
  unpinPrevious: pin && unpinPrevious,
  ...(topics.length > 0 ? { threadIds: topics } : {}),
  ...(startsAt === null ? {} : { startsAt: new Date(startsAt).toISOString() }),
});

type SendButtonProps = { draft: Draft; isHeld: boolean; noteId: string };

/** While it is held it stays where it is and says why. */
function SendButton({ draft: { topics, startsAt }, isHeld, noteId }: SendButtonProps) {
  const t = useTranslations("live.broadcast");
  const keyText = useKeyText();
  return (
    <Button
      type="submit"
      variant="primary"
      size="lg"
      aria-disabled={isHeld}
      aria-describedby={noteId}
      className="aria-disabled:cursor-default aria-disabled:border-line-2 aria-disabled:bg-surface-3 aria-disabled:text-muted max-md:h-11"
    >
      {t(startsAt === null ? "send" : "scheduleFor", { count: topics.length })}
      <Kbd plain className="max-md:hidden">
        {keyText("mod+enter")}
      </Kbd>
    </Button>
  );
}

function Form({ known, isRunning }: { known: readonly number[]; isRunning: boolean | null }) {
  const t = useTranslations("live.broadcast");
  const errorText = useErrorText();
  const { draft, set, clear } = useDraft();
  const sending = useSendBroadcast(clear);
  const { reason, note } = useObstacle(draft, isRunning);
  const noteId = useId();
  const isHeld = reason !== null || sending.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isHeld) return;
    sending.send(toInput(draft));
  };
  return (
    <form
      noValidate
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
      }}
    >
      {sending.error ? (
        <Banner tone="danger" icon={CircleAlert}>
          {t("notSent")} {errorText(sending.error)}
        </Banner>
      ) : null}
      <div className="flex flex-col gap-3 px-4 py-3">
        <TopicsField topics={draft.topics} known={known} onChange={(next) => set({ topics: next })} />
        <Message draft={draft} set={set} />
        <Pinning draft={draft} set={set} />
        <Schedule draft={draft} set={set} />
        <Budget draft={draft} />
        <SendButton draft={draft} isHeld={isHeld} noteId={noteId} />
        <p id={noteId} className="-mt-1 text-12 text-muted">
          {sending.isPending ? t("sending") : (reason ?? note)}
        </p>
      </div>
    </form>
  );
}

/** Said before the API has to: who may broadcast, and who can give the right. */
function NotAllowed() {
  const text = useNoBroadcastText();
  return (
    <p className="flex gap-2 px-4 py-3 text-muted">
      <Icon of={Lock} className="mt-0.5" />
      {text}
    </p>
  );
}

/** Writes a broadcast into topics of the live group. */
export function BroadcastComposer(props: { known: readonly number[]; isRunning: boolean | null }) {
  const { mayBroadcast } = useNotificationRights();
  return mayBroadcast ? <Form {...props} /> : <NotAllowed />;
}
