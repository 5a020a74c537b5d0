import { MAX_BROADCAST_LENGTH, maxTextLength, stopLine } from "@pult/api/notifications/broadcasts/limits.ts";
import { CircleAlert, Lock } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type FormEvent, useId, useState } from "react";
import { useConnection } from "../../../trpc/connection.tsx";
import { Banner } from "../../../ui/banner.tsx";
import { Button } from "../../../ui/button.tsx";
import { ConfirmDialog } from "../../../ui/confirm-dialog.tsx";
import { cx } from "../../../ui/cx.ts";
import { Field, Input, inputClass } from "../../../ui/field.tsx";
import { Icon } from "../../../ui/icon.tsx";
import { Kbd } from "../../../ui/kbd.tsx";
import { toLocalField } from "../../../ui/local-field.ts";
import { Segmented } from "../../../ui/segmented.tsx";
import { Checkbox } from "../../../ui/switch.tsx";
import { useNow } from "../../../ui/use-now.ts";
import { useKeyText } from "../../shell/commands.tsx";
import { useErrorText } from "../../shell/use-failure-text.ts";
import { useNoBroadcastText, useNotificationRights } from "../rights.ts";
import { Cost, PaidSpeed } from "./broadcast-cost.tsx";
import { RecipientsField } from "./recipients-field.tsx";
import { TelegramPreview } from "./telegram-preview.tsx";
import { toPlan, useEstimate, useSubscribers } from "./use-audience.ts";
import { useSendBroadcast } from "./use-broadcasts.ts";
import { type Draft, useDraft } from "./use-draft.ts";

const HOUR_MS = 3_600_000;

type PartProps = { draft: Draft; set: (changes: Partial<Draft>) => void };

/** What each reader sees: in topics the text, to customers with how to unsubscribe in each language that they read. */
function Previews({ draft: { text, pin, to, language, startsAt } }: Pick<PartProps, "draft">) {
  const { data } = useSubscribers();
  const at = startsAt ?? new Date().toISOString();
  if (to === "topics") return <TelegramPreview text={text.trim()} isPinned={pin} at={at} />;
  const languages = language === null ? (data?.languages ?? []).map(({ languageCode }) => languageCode) : [language];
  const lines = new Set(languages.map(stopLine));
  return (
    <div className="flex flex-col gap-2">
      {[...(lines.size > 0 ? lines : [stopLine(null)])].map((line) => (
        <TelegramPreview key={line} text={text.trim() + line} isPinned={false} at={at} />
      ))}
    </div>
  );
}

function Message({ draft, set, max }: PartProps & { max: number }) {
  const { text, to } = draft;
  const t = useTranslations("live.broadcast");
  const format = useFormatter();
  const [look, setLook] = useState<"write" | "preview">("write");
  const { length } = text.trim();
  const options = (["write", "preview"] as const).map((value) => ({ value, label: t(`look.${value}`) }));
  const count = t("length", { length: format.number(length), max: format.number(max) });
  const isTooLong = length > max;
  return (
    <div>
      <Field
        label={t("message")}
        hint={t(to === "customers" ? "plainTextAndStop" : "plainText")}
        error={isTooLong ? t("tooLong", { count: length - max }) : undefined}
        aside={<Segmented label={t("looks")} value={look} options={options} onChange={setLook} className="-mt-1.5" />}
      >
        {(control) =>
          look === "write" || text.trim() === "" ? (
            <textarea
              {...control}
              value={text}
              rows={5}
              dir="auto"
              placeholder={t(to === "customers" ? "placeholderForCustomers" : "placeholder")}
              onChange={(event) => set({ text: event.currentTarget.value })}
              className={cx(inputClass(), "block h-auto min-h-28 resize-y py-1.5 text-14")}
            />
          ) : (
            <Previews draft={draft} />
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

/** Why it cannot be sent as it is; null when it can. */
function useObstacle(
  { text, to, startsAt }: Draft,
  { isRunning, max, messages }: { isRunning: boolean | null; max: number; messages: number | undefined },
): { reason: string | null; note: string | null } {
  const t = useTranslations("live.broadcast");
  const { phase } = useConnection();
  const now = useNow(10_000);
  const length = text.trim().length;
  const reason = () => {
    if (phase === "offline") return t("obstacle.offline");
    if (length === 0) return t("obstacle.empty");
    if (length > max) return t("obstacle.tooLong");
    if (to === "customers" && messages === 0) return t("obstacle.noSubscribers");
    if (startsAt !== null && !(Date.parse(startsAt) > now)) return t("obstacle.past");
    return null;
  };
  return { reason: reason(), note: isRunning === false ? t("notRunning") : null };
}

type SendButtonProps = { draft: Draft; messages: number; isHeld: boolean; noteId: string };

/** While it is held it stays where it is and says why. */
function SendButton({ draft: { to, topics, startsAt }, messages, isHeld, noteId }: SendButtonProps) {
  const t = useTranslations("live.broadcast");
  const keyText = useKeyText();
  const verb = startsAt === null ? "send" : "scheduleFor";
  return (
    <Button
      type="submit"
      variant="primary"
      size="lg"
      aria-disabled={isHeld}
      aria-describedby={noteId}
      className="aria-disabled:cursor-default aria-disabled:border-line-2 aria-disabled:bg-surface-3 aria-disabled:text-muted max-md:h-11"
    >
      {to === "customers" ? t(`${verb}Customers`, { count: messages }) : t(verb, { count: topics.length })}
      <Kbd plain className="max-md:hidden">
        {keyText("mod+enter")}
      </Kbd>
    </Button>
  );
}

/** Asked before Stars may be spent. */
function PriceQuestion(props: { stars: number; messages: number; onClose: () => void; onConfirm: () => void }) {
  const t = useTranslations("live.broadcast");
  const { stars, messages, onClose, onConfirm } = props;
  return (
    <ConfirmDialog
      title={t("payTitle", { stars })}
      text={<p>{t("payText", { messages })}</p>}
      action={t("pay", { stars })}
      onClose={onClose}
      onConfirm={onConfirm}
    />
  );
}

function Form({ known, isRunning }: { known: readonly number[]; isRunning: boolean | null }) {
  const t = useTranslations("live.broadcast");
  const errorText = useErrorText();
  const { draft, set, clear } = useDraft();
  const { data: estimate } = useEstimate(draft);
  const sending = useSendBroadcast(clear);
  const max = draft.to === "customers" ? maxTextLength(draft.language) : MAX_BROADCAST_LENGTH;
  const { messages, stars = 0 } = estimate ?? {};
  const { reason, note } = useObstacle(draft, { isRunning, max, messages });
  const [isAsking, setAsking] = useState(false);
  const noteId = useId();
  const isPaid = draft.to === "customers" && draft.paid;
  const isHeld = reason !== null || sending.isPending || (isPaid && stars === 0);
  const send = () =>
    sending.send({ ...toPlan(draft), text: draft.text.trim(), ...(isPaid ? { maxStars: stars } : {}) });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isHeld) return;
    if (isPaid) setAsking(true);
    else send();
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
        <RecipientsField draft={draft} set={set} known={known} />
        <Message draft={draft} set={set} max={max} />
        {draft.to === "topics" ? (
          <Pinning draft={draft} set={set} />
        ) : (
          <PaidSpeed draft={draft} set={set} estimate={estimate} />
        )}
        <Schedule draft={draft} set={set} />
        <Cost estimate={estimate} />
        <SendButton draft={draft} messages={messages ?? 0} isHeld={isHeld} noteId={noteId} />
        <p id={noteId} className="-mt-1 text-12 text-muted">
          {sending.isPending ? t("sending") : (reason ?? note)}
        </p>
      </div>
      {isAsking ? (
        <PriceQuestion
          stars={stars}
          messages={messages ?? 0}
          onClose={() => setAsking(false)}
          onConfirm={() => {
            setAsking(false);
            send();
          }}
        />
      ) : null}
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

/** Writes a broadcast into topics of the live group, or to customers who subscribed. */
export function BroadcastComposer(props: { known: readonly number[]; isRunning: boolean | null }) {
  const { mayBroadcast } = useNotificationRights();
  return mayBroadcast ? <Form {...props} /> : <NotAllowed />;
}
